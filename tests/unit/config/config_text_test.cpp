#include "config/config_text.hpp"

#include "config/fields.hpp"
#include "config/number.hpp"
#include "config/yaml_text.hpp"
#include "config_world.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <fstream>
#include <sstream>

namespace idpwatch::config {
namespace {

using Json = nlohmann::ordered_json;

// All rows of the table with their full names.
std::vector<std::pair<std::string, const Row*>> all_rows() {
  std::vector<std::pair<std::string, const Row*>> rows;
  std::vector<std::pair<std::string, const Table*>> work{{"", &config_table()}};
  while (!work.empty()) {
    const auto [path, table] = work.back();
    work.pop_back();
    for (const Row& row : *table) {
      rows.emplace_back(path + row.name, &row);
      if (row.table) work.emplace_back(path + row.name + ".", row.table.get());
    }
  }
  return rows;
}

TEST_CASE("every row has help, and its bounds and default can be read", "[config]") {
  for (const auto& [name, row] : all_rows()) {
    CAPTURE(name);
    CHECK(row->help.size() > 3);
    CHECK(row->help.ends_with('.') == true);
    CHECK((row->target != nullptr) == (row->table == nullptr));
    if (!row->least.empty()) CHECK(parse_number(row->form, row->least).has_value());
    if (!row->most.empty()) CHECK(parse_number(row->form, row->most).has_value());
  }
}

TEST_CASE("the defaults of the table are those of the structs", "[config]") {
  std::string text;
  for (const Row& section : config_table()) {
    if (section.target && !section.fallback.empty())
      text += section.name + ": \"" + section.fallback + "\"\n";
    if (section.form != Form::kSection) continue;
    text += section.name + ":\n";
    for (const Row& row : *section.table) {
      if (!row.fallback.empty()) text += "  " + row.name + ": " + row.fallback + "\n";
    }
  }
  const auto written = load_yaml(text);
  const auto empty = load_yaml("");
  REQUIRE(written.has_value());
  REQUIRE(empty.has_value());
  CHECK(config_to_json(*written) == config_to_json(*empty));
  const Json shown = config_to_json(*empty);
  CHECK(shown["defaults"]["interval"] == "1m");
  CHECK(shown["limits"]["body"] == "2MiB");
}

TEST_CASE("what config show prints is a configuration of the same meaning", "[config]") {
  const auto config = load_yaml(
      "listen: '[::1]:7000'\n"
      "authorities:\n"
      "  - {name: 'a: b', issuer: 'https://a.example/x?y=1', ip_version: 4}\n"
      "  - {name: 'on', issuer: 'https://b.example', expect: {algorithms: [RS256, ES256]}}\n"
      "deployments:\n"
      "  - name: d\n"
      "    files: [/srv/d/*.json]\n"
      "    version: '7.10'\n"
      "    settings: {clock_skew_s: 1.5, issuers: null, pinned_keys: [{kty: oct, k: x}]}\n"
      "    tokens: {audience: 'api://d'}\n"
      "receivers: [{name: r, webhook: {url: 'https://hooks.example/abc'}}]\n"
      "routes: [{match: {kind: event, type: [key.published]}, receivers: [r]}]\n"
      "ignore: [{rule: 'refusal-*', until: 2027-01-01}]\n");
  REQUIRE(config.has_value());
  std::string text = config_to_yaml(*config);
  CHECK(text.find("hooks.example/<redacted>") != std::string::npos);
  CHECK(text.find("abc") == std::string::npos);
  const std::size_t at = text.find("https://hooks.example/<redacted>");
  text.replace(at, std::string("https://hooks.example/<redacted>").size(),
               "https://hooks.example/abc");
  const auto again = load_yaml(text);
  INFO(text);
  if (!again) {
    for (const ConfigProblem& problem : again.error()) UNSCOPED_INFO(problem.text());
  }
  REQUIRE(again.has_value());
  CHECK(config_to_json(*again) == config_to_json(*config));
}

TEST_CASE("config show prints no secret", "[config]") {
  const auto config = load_yaml(
      "admin_token: CANARY-1\n"
      "defaults: {proxy: 'http://user:CANARY-2@proxy:3128'}\n"
      "deployments:\n"
      "  - {name: d, profile: aspnetcore-jwtbearer,\n"
      "     canary: {client_credentials: {client_id: c, client_secret: CANARY-3}}}\n"
      "receivers: [{name: r, webhook: {url: 'https://h.example/CANARY-4?k=CANARY-5', secret: "
      "whsec_Q0FOQVJZLTZDQU5BUlktNkNBTkFSWS02Q0FOQVJZLTY=}}]\n");
  REQUIRE(config.has_value());
  CHECK(config_to_yaml(*config).find("CANARY") == std::string::npos);
  CHECK(config_to_json(*config).dump().find("CANARY") == std::string::npos);
  CHECK(config_to_yaml(*config).find("whsec_") == std::string::npos);
  CHECK(config_to_json(*config)["admin_token"] == "<redacted>");
}

TEST_CASE("config show says where a secret is, and not what it is", "[config]") {
  MemoryWorld world;
  world.files["/etc/idpwatch/idpwatch.yaml"] =
      "admin_token_file: /run/token\n"
      "receivers: [{name: r, webhook: {url: 'https://h.example/x', secret_file: /run/hook}}]\n";
  world.files["/run/token"] = "CANARY-1\n";
  world.files["/run/hook"] = "whsec_Q0FOQVJZLTZDQU5BUlktNkNBTkFSWS02Q0FOQVJZLTY=\n";
  const auto config = load_config("idpwatch.yaml", world.world());
  REQUIRE(config.has_value());
  const Json shown = config_to_json(*config);
  CHECK(shown["admin_token_file"] == "/run/token");
  CHECK_FALSE(shown.contains("admin_token"));
  CHECK(shown["receivers"][0]["webhook"]["secret_file"] == "/run/hook");
  CHECK_FALSE(shown["receivers"][0]["webhook"].contains("secret"));
  CHECK(shown.dump().find("CANARY") == std::string::npos);
}

TEST_CASE("YAML text quotes what a reader could take for something else", "[config]") {
  const Json value{
      {"a", {{"b", "60s"}, {"c", Json::array()}, {"d", "on"}, {"e", "8.0"}}},
      {"f", Json::array({Json{{"g", 1}, {"h", Json{{"i", nullptr}}}}, Json{{"g", "x: y"}}})},
      {"j", Json::array({"api://x", "- z"})}};
  CHECK(to_yaml(value) ==
        "a:\n  b: 60s\n  c: []\n  d: \"on\"\n  e: \"8.0\"\n"
        "f:\n  - g: 1\n    h:\n      i: null\n  - g: \"x: y\"\n"
        "j: [api://x, \"- z\"]\n");
}

TEST_CASE("the JSON Schema names every field and refuses others", "[config]") {
  const Json schema = config_schema();
  CHECK(schema["additionalProperties"] == false);
  CHECK(schema["properties"]["authorities"]["items"]["required"] ==
        Json::array({"name", "issuer"}));
  CHECK(schema["properties"].contains("admin_token_file"));
  CHECK(schema["properties"]["limits"]["properties"]["redirects"]["anyOf"][0]["maximum"] == 20);
}

TEST_CASE("docs/configuration.md is what the table says", "[config]") {
  std::ifstream in(IDPWATCH_SOURCE_DIR "/docs/configuration.md");
  std::ostringstream out;
  out << in.rdbuf();
  // After a change of the table: test_config "[update]" writes the page anew.
  CHECK(out.str() == config_reference());
}

TEST_CASE("write the reference anew", "[.update]") {
  std::ofstream out(IDPWATCH_SOURCE_DIR "/docs/configuration.md");
  out << config_reference();
  CHECK(out.flush());
}

}  // namespace
}  // namespace idpwatch::config
