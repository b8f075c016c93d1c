// Every rule has an entry at a stable address: a heading of its name in docs/rules.md.
#include <catch2/catch.hpp>

#include <fstream>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

namespace {

std::string content(const char* path) {
  std::ifstream in(path);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::vector<std::string> rules() {
  static const std::regex rule(R"re(Rule\{"([A-Za-z0-9-]+)")re");
  const std::string table = content("model/rules.cpp");
  std::vector<std::string> names;
  for (std::sregex_iterator one(table.begin(), table.end(), rule), end; one != end; ++one) {
    names.push_back((*one)[1]);
  }
  return names;
}

}  // namespace

TEST_CASE("every rule is described once, under its name", "[tidy]") {
  const std::vector<std::string> names = rules();
  REQUIRE(names.size() > 30);
  const std::string pages = content("docs/rules.md");
  for (const std::string& name : names) {
    INFO(name);
    const std::string heading = "\n### " + name + "\n";
    const std::size_t found = pages.find(heading);
    CHECK(found != std::string::npos);
    if (found != std::string::npos) CHECK(pages.find(heading, found + 1) == std::string::npos);
  }
}
