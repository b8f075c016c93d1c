// Every document that says what it is ("schema": "idpwatch.NAME/v1") has its JSON Schema in
// docs/schema. What the schemas say is held against real output by tests/e2e/schemas.test.mjs.
#include "tests/tidy/sources.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>

using namespace idpwatch::tidy;

namespace {

namespace fs = std::filesystem;

fs::path schema_folder() { return fs::path(IDPWATCH_SOURCE_DIR) / "docs" / "schema"; }

// Name -> the first source that uses it.
std::map<std::string, std::string> names_in_sources() {
  static const std::regex pattern(R"(idpwatch\.([a-z-]+)/v1)");
  std::map<std::string, std::string> names;
  for (const Source& source : production_sources()) {
    for (const std::string& line : source.lines) {
      std::smatch match;
      if (std::regex_search(line, match, pattern)) names.emplace(match[1], source.path);
    }
  }
  return names;
}

}  // namespace

TEST_CASE("each schema that the sources name is shipped", "[tidy]") {
  const auto names = names_in_sources();
  CHECK(names.size() >= 20);
  for (const auto& [name, path] : names) {
    INFO(path << " writes or reads idpwatch." << name << "/v1: docs/schema/" << name << ".json");
    std::ifstream file(schema_folder() / (name + ".json"));
    REQUIRE(file);
    const nlohmann::json schema = nlohmann::json::parse(file);
    CHECK(schema["properties"]["schema"]["const"] == "idpwatch." + name + "/v1");
  }
}

TEST_CASE("a shipped schema names itself, and is told of in docs/json.md", "[tidy]") {
  std::ifstream page(fs::path(IDPWATCH_SOURCE_DIR) / "docs" / "json.md");
  const std::string told{std::istreambuf_iterator<char>(page), {}};
  for (const auto& entry : fs::directory_iterator(schema_folder())) {
    const std::string name = entry.path().filename().string();
    INFO(name);
    std::ifstream file(entry.path());
    const nlohmann::json schema = nlohmann::json::parse(file);
    CHECK(schema.value("$id", "").ends_with("/docs/schema/" + name));
    CHECK(told.find("(schema/" + name + ")") != std::string::npos);
  }
}
