// `idpwatch check` without a network.
#include "tests/unit/cli/command_scene.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace idpwatch::cli {
namespace {

using nlohmann::json;

TEST_CASE("check refuses options that mean nothing, and names what was meant", "[cli]") {
  const Folder folder;
  const std::string file = folder.write("appsettings.json", "{}");
  const std::string config = folder.write("c.yaml", "state_dir: s\n");
  const auto check = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"check", "--config", config});
    return idpwatch(more);
  };
  const Outcome profile = check({file, "--profile", "aspnetcore-jwtbearr"});
  CHECK(profile.code == 2);
  CHECK(profile.err.find("did you mean aspnetcore-jwtbearer?") != std::string::npos);
  CHECK(check({file, "--framework", "eight"}).code == 2);
  CHECK(check({"--authority", "entra"}).code == 2);
  CHECK(check({}).code == 2);
}

TEST_CASE("check says why a file cannot be judged", "[cli]") {
  const Folder folder;
  const std::string config =
      folder.write("c.yaml", "state_dir: s\nlimits: {private_addresses: true}\n");
  const std::string file = folder.write(
      "appsettings.json",
      R"({"Authentication": {"Schemes": {"Bearer": {"Authority": "https://127.0.0.1:1"}}}})");
  const Outcome text = idpwatch({"check", "--config", config, file});
  CHECK(text.code == 3);
  CHECK(text.out.find("no connection to 127.0.0.1:1") != std::string::npos);
  const json document =
      json::parse(idpwatch({"check", "--config", config, file, "--format", "json"}).out);
  CHECK(document["checked"][0]["result"] == "undetermined");
  CHECK(document["checked"][0]["why"].get<std::string>().find("127.0.0.1:1") != std::string::npos);
}

TEST_CASE("what no answer of the authority could mend is found without one", "[cli]") {
  const Folder folder;
  const std::string config =
      folder.write("c.yaml", "state_dir: s\nlimits: {private_addresses: true}\n");
  const std::string file = folder.write(
      "appsettings.json",
      R"({"Authentication": {"Schemes": {"Bearer": {"Authority": "http://127.0.0.1:1"}}}})");
  const Outcome found = idpwatch({"check", "--config", config, file, "--format", "json"});
  CHECK(found.code == 1);
  const json document = json::parse(found.out);
  REQUIRE(document["findings"].size() == 1);
  CHECK(document["findings"][0]["rule"] == "refusal-https");
  CHECK(document["checked"][0]["result"] == "refuses");
}

TEST_CASE("check uses what the configuration says of the deployment that names the file", "[cli]") {
  const Folder folder;
  // Nothing listens there; what is judged without an answer is enough.
  folder.write("appsettings.json",
               R"({"Jwt": {"Authority": "http://127.0.0.1:9", "Audience": "a"}})");
  folder.write("env", "Jwt__Authority=https://127.0.0.1:9\n");
  const std::string file = folder / "appsettings.json";
  const auto check = [&](const std::string& deployments, const std::string& more = "") {
    const std::string config =
        folder.write("idpwatch.yaml", "state_dir: s\ndeployments:\n" + deployments);
    std::vector<std::string> arguments{"check", file, "--config", config, "--format", "json"};
    if (!more.empty()) arguments.insert(arguments.end(), {"--framework", more});
    const Outcome outcome = idpwatch(arguments);
    INFO(outcome.err);
    return std::pair(outcome.code, json::parse(outcome.out));
  };
  const auto [other, other_said] = check("  - {name: other, files: [/nowhere.json]}\n");
  CHECK(other == 1);
  REQUIRE(other_said["findings"].size() == 1);
  CHECK(other_said["findings"][0]["rule"] == "refusal-https");
  CHECK(other_said["findings"][0]["subject"]["deployment"] == file);

  const std::string by_pattern =
      "  - {name: orders, files: [\"" + (folder / "*.json") + "\"], version: 6.10.0}\n";
  const auto [versioned, said] = check(by_pattern);
  CHECK(versioned == 1);
  REQUIRE(said["findings"].size() == 1);
  CHECK(said["findings"][0]["subject"]["deployment"] == "orders");
  CHECK(said["findings"][0]["validator"]["version"] == "6.10.0");
  CHECK(said["notes"][0].get<std::string>().starts_with("judged as deployment orders of "));
  const auto [newer, newer_said] = check(by_pattern, "9.0.23");
  CHECK(newer == 1);
  CHECK(newer_said["findings"][0]["validator"]["version"] == "8.19.2");

  // What stands in code, and in the environment: not http any more, hence not determined.
  for (const std::string& entry :
       {std::string("settings: {require_https: false}"), "environment_file: " + (folder / "env")}) {
    const auto [code, document] =
        check("  - {name: orders, files: [" + file + "], framework: \"8.0\", " + entry + "}\n");
    CAPTURE(entry);
    CHECK(code == 3);
    CHECK(document["findings"].empty());
    CHECK(document["checked"][0]["result"] == "undetermined");
  }
}

TEST_CASE("check takes a deployment of the configuration by its name", "[cli]") {
  const Folder folder;
  folder.write("appsettings.json",
               R"({"Authentication":{"Schemes":{"Bearer":{"Authority":"http://idp.invalid",)"
               R"("ValidAudiences":["api://orders"]}}}})");
  const std::string file =
      folder.write("c.yaml",
                   "state_dir: state\ndeployments:\n  - {name: orders-api, framework: '8.0', "
                   "files: [" +
                       (folder / "appsettings.json") + "]}\n");
  const Outcome found =
      idpwatch({"check", "--deployment", "orders-api", "--config", file, "--json"});
  INFO(found.err);
  CHECK(found.code == 1);  // http metadata: it refuses
  const json document = json::parse(found.out);
  REQUIRE(document["checked"].size() == 1);
  CHECK(document["checked"][0]["deployment"] == "orders-api");
  CHECK(document["checked"][0]["result"] == "refuses");
  const Outcome unknown = idpwatch({"check", "--deployment", "order-api", "--config", file});
  CHECK(unknown.code == 2);
  CHECK(unknown.err.find("did you mean orders-api?") != std::string::npos);
  CHECK(idpwatch(
            {"check", "--deployment", "orders-api", folder / "appsettings.json", "--config", file})
            .code == 2);
}

}  // namespace
}  // namespace idpwatch::cli
