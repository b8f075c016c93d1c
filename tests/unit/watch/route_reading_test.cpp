// What a deployment's process and files say of its way to the provider.
#include "watch/route_reading.hpp"

#include "tests/fakes/fake_files.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace idpwatch;
using deployed::EnvironmentRead;

namespace {

const std::string kPem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

deployed::RouteFacts read(const fakes::FakeFiles& files, std::optional<int> pid,
                          const deployed::Environment& named,
                          config::DeploymentConfig deployment = {}) {
  watch::RouteReading reading(deployment, pid, named, files);
  return std::move(reading).take();
}

std::vector<std::string> paths_of(const deployed::RouteFacts& facts) {
  std::vector<std::string> paths;
  for (const deployed::StoreSource& source : facts.store.sources) {
    paths.push_back(source.variable + ":" + source.path + (source.exists ? "" : "!"));
  }
  return paths;
}

}  // namespace

TEST_CASE("Of an environment file those variables are kept that decide a route", "[watch][route]") {
  const fakes::FakeFiles files;
  const auto facts = read(files, std::nullopt,
                          {{"HTTPS_PROXY", "http://p:1", {"/env", 1, "HTTPS_PROXY"}},
                           {"DB_PASSWORD", "secret", {"/env", 2, "DB_PASSWORD"}}});
  CHECK(facts.read == EnvironmentRead::kPart);
  REQUIRE(facts.variables.size() == 1);
  CHECK(deployed::place_of(facts.variables.front()) == "/env:1");
  CHECK(read(files, std::nullopt, {}).read == EnvironmentRead::kNothing);
}

TEST_CASE("The environment of the process stands over its file", "[watch][route]") {
  fakes::FakeFiles files;
  files.files["/proc/42/environ"] = std::string("NO_PROXY=.a.test\0HOME=/\0", 24);
  const auto facts = read(files, 42, {{"HTTPS_PROXY", "http://p:1", {"/env", 1, "HTTPS_PROXY"}}});
  CHECK(facts.read == EnvironmentRead::kWhole);
  REQUIRE(facts.variables.size() == 1);
  CHECK(facts.variables.front().name == "NO_PROXY");
  CHECK_FALSE(facts.store.own_files);
}

TEST_CASE("A store is read in the root directory of the process", "[watch][route]") {
  fakes::FakeFiles files;
  files.files["/proc/42/root/etc"] = "";
  files.files["/proc/42/root/etc/corp/ca.pem"] = kPem;
  files.files["/proc/42/environ"] = "SSL_CERT_FILE=/etc/corp/ca.pem";
  files.files["/etc/ssl/cert.pem"] = "of this host";
  const auto facts = read(files, 42, {});
  CHECK(facts.store.own_files);
  CHECK(paths_of(facts) == std::vector<std::string>{"SSL_CERT_FILE:/etc/corp/ca.pem"});
  REQUIRE(facts.store.sources.front().files.size() == 1);
  CHECK(*facts.store.sources.front().files.front().pem == kPem);
}

TEST_CASE("What an environment file names is looked for on this host, unless it is a container's",
          "[watch][route]") {
  fakes::FakeFiles files;
  files.files["/etc/corp/ca.pem"] = kPem;
  deployed::Environment named{
      {"NODE_EXTRA_CA_CERTS", "/etc/corp/ca.pem", {"/env", 1, "NODE_EXTRA_CA_CERTS"}},
      {"SSL_CERT_DIR", "/a:/b", {"/env", 2, "SSL_CERT_DIR"}}};
  CHECK(paths_of(read(files, std::nullopt, named)) ==
        std::vector<std::string>{"SSL_CERT_DIR:/a!", "SSL_CERT_DIR:/b!",
                                 "NODE_EXTRA_CA_CERTS:/etc/corp/ca.pem"});
  named.push_back({"DOTNET_RUNNING_IN_CONTAINER", "true", {}});
  const auto contained = read(files, std::nullopt, named);
  CHECK(contained.in_container);
  CHECK(contained.store.sources.empty());
}

TEST_CASE("A store that route: names is the only one", "[watch][route]") {
  fakes::FakeFiles files;
  files.files["/srv/ca.pem"] = kPem;
  config::DeploymentConfig deployment;
  deployment.route.ca_file = "/srv/ca.pem";
  const auto facts = read(files, std::nullopt, {{"SSL_CERT_FILE", "/x", {}}}, deployment);
  CHECK(paths_of(facts) == std::vector<std::string>{"route.ca_file:/srv/ca.pem"});
}

TEST_CASE("A resolver counts where it is not that of idpwatch", "[watch][route]") {
  fakes::FakeFiles files;
  files.files["/proc/42/root/etc"] = "";
  files.files["/etc/resolv.conf"] = "nameserver 10.0.0.1\n";
  files.files["/proc/42/root/etc/resolv.conf"] = files.files["/etc/resolv.conf"];
  CHECK_FALSE(read(files, 42, {}).resolver);
  files.files["/proc/42/root/etc/resolv.conf"] =
      "search old.test\nsearch\tns.svc.cluster.local  corp.test\noptions timeout:1 ndots:5\n";
  const auto resolver = read(files, 42, {}).resolver;
  REQUIRE(resolver);
  CHECK(resolver->ndots == 5);
  CHECK(resolver->search == std::vector<std::string>{"ns.svc.cluster.local", "corp.test"});
}

TEST_CASE("A process in idpwatch's network namespace stands in the same place", "[watch][route]") {
  fakes::FakeFiles files;
  CHECK_FALSE(read(files, 42, {}).same_network);
  files.files["/proc/42/ns/net"] = files.files["/proc/self/ns/net"] = "";
  CHECK(read(files, 42, {}).same_network);
}

TEST_CASE("A changed variable and a replaced file are another route", "[watch][route]") {
  fakes::FakeFiles files;
  const auto stamp = [&](const std::string& value) {
    const config::DeploymentConfig deployment;
    const deployed::Environment named{{"SSL_CERT_FILE", value, {"/env", 1, "SSL_CERT_FILE"}}};
    return watch::RouteReading(deployment, std::nullopt, named, files).stamp();
  };
  const std::string before = stamp("/a.pem");
  CHECK(stamp("/a.pem") == before);
  CHECK(stamp("/b.pem") != before);
  files.files["/a.pem"] = kPem;
  CHECK(stamp("/a.pem") != before);
}

TEST_CASE("A store is idpwatch's own in the same place, and nobody's where there is none",
          "[watch][route]") {
  fakes::FakeFiles files;
  config::DeploymentConfig beside;
  beside.route.same_place = model::FlagSetting(true);
  CHECK(read(files, std::nullopt, {}, beside).store.ours);
  files.files["/proc/42/root/etc"] = "";
  const auto scratch = read(files, 42, {});
  CHECK(scratch.store.own_files);
  CHECK_FALSE(scratch.store.ours);
  CHECK(scratch.store.sources.empty());
}
