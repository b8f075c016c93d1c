// The project's own sources as text, for the test of house rules.
#pragma once

#include <string>
#include <vector>

namespace idpwatch::tidy {

struct Source {
  std::string path;    // from the project root: "base/json.cpp"
  std::string folder;  // "base"; "tests/unit" and so on count as "tests"
  std::vector<std::string> lines;

  [[nodiscard]] bool header() const { return path.ends_with(".hpp"); }
};

// All .cpp and .hpp files of the house, sorted by path.
std::vector<Source> production_sources();
std::vector<Source> test_sources();

// What stands between the quotes or angle brackets of the #include lines; `<` kept in front of a
// system header.
std::vector<std::string> includes(const Source& source);

// A line without its comment and without the contents of its string literals.
std::string code_of(const std::string& line);

// All CMakeLists.txt of the project, joined.
std::string build_lists();

}  // namespace idpwatch::tidy
