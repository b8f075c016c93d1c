#include "discover/manifest.hpp"

#include <catch2/catch.hpp>

using namespace idpwatch::discover;

namespace {

constexpr const char* kConfigMap = R"(apiVersion: v1
kind: ConfigMap
metadata: {name: orders-config}
data:
  LEVEL: info
  appsettings.Production.json: |
    {"A": 1}
)";

constexpr const char* kDeployment = R"(apiVersion: apps/v1
kind: Deployment
metadata: {name: orders, namespace: shop}
spec:
  template:
    spec:
      containers:
        - name: main
          command: [dotnet, Orders.dll]
          args: ["--x"]
          env:
            - {name: ASPNETCORE_ENVIRONMENT, value: Production}
            - {name: FROM_MAP, valueFrom: {configMapKeyRef: {name: orders-config, key: LEVEL}}}
            - {name: KEY, valueFrom: {secretKeyRef: {name: s, key: k}}}
          envFrom:
            - secretRef: {name: more}
          volumeMounts: [{name: c, mountPath: /app/appsettings.Production.json, subPath: appsettings.Production.json}]
      volumes: [{name: c, configMap: {name: orders-config}}]
)";

}  // namespace

TEST_CASE("a container is told by its manifest and the ConfigMaps beside it", "[discover]") {
  Manifests manifests;
  manifests.add("orders.yaml", std::string(kDeployment) + "---\n" + kConfigMap);
  CHECK(manifests.problems().empty());
  const auto containers = manifests.containers();
  REQUIRE(containers.size() == 1);
  const ManifestContainer& one = containers.front();
  CHECK(one.workload == "Deployment shop/orders");
  CHECK(one.place == "orders.yaml:8");
  CHECK(one.command == std::vector<std::string>{"dotnet", "Orders.dll", "--x"});
  REQUIRE(one.environment.size() == 2);
  CHECK(one.environment[1].value == "info");
  CHECK(one.unknown == std::vector<std::string>{"all of Secret more", "KEY (secretKeyRef)"});
  REQUIRE(one.files.size() == 1);
  CHECK(one.files[0].path == "orders.yaml/ConfigMap/orders-config/appsettings.Production.json");
  CHECK(one.files[0].bytes == "{\"A\": 1}\n");
}

TEST_CASE("lists, cron jobs and pods hold containers as well", "[discover]") {
  Manifests manifests;
  manifests.add(
      "list.yaml",
      "kind: List\nitems:\n- {kind: Pod, metadata: {name: p}, spec: {containers: [{name: a}]}}\n"
      "- {kind: CronJob, metadata: {name: c}, spec: {jobTemplate: {spec: {template: {spec: "
      "{containers: [{name: b}]}}}}}}\n");
  const auto containers = manifests.containers();
  REQUIRE(containers.size() == 2);
  CHECK(containers[0].workload == "Pod p");
  CHECK(containers[1].workload == "CronJob c");
}

TEST_CASE("a document that cannot be read is named with its line, and the others are read",
          "[discover]") {
  Manifests manifests;
  manifests.add("x.yaml",
                "kind: Pod\nspec: {containers: [{name: a}]}\n---\na: [\n---\nb: &x 1\nc: *x\n");
  CHECK(manifests.containers().size() == 1);
  REQUIRE(manifests.problems().size() == 2);
  CHECK(manifests.problems()[1].path.starts_with("x.yaml:6"));
}
