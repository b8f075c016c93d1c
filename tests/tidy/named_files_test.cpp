// What a page names as a file or a module of ours exists: `watch/judging`, `model/rules.cpp`.
#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <string>

namespace {

namespace fs = std::filesystem;

const fs::path kRoot = IDPWATCH_SOURCE_DIR;

bool exists(const std::string& named) {
  for (const char* extension : {"", ".hpp", ".cpp"}) {
    if (fs::exists(kRoot / (named + extension))) return true;
  }
  return false;
}

// Names in back quotes whose first folder is one of ours; those with a placeholder in capitals, a
// pattern or a slash at the end are others.
std::set<std::string> named_in(const fs::path& page) {
  static const std::regex name("`([a-z]+(?:/[a-z0-9_]+)+(?:\\.[a-z]+)?)`");
  std::ifstream in(page);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  std::set<std::string> names;
  for (std::sregex_iterator one(text.begin(), text.end(), name), end; one != end; ++one) {
    const std::string found = (*one)[1];
    const std::string folder = found.substr(0, found.find('/'));
    if (fs::exists(kRoot / folder / "CMakeLists.txt")) names.insert(found);
  }
  return names;
}

}  // namespace

TEST_CASE("each file of ours that a page names exists", "[tidy]") {
  std::size_t count = 0;
  for (const auto& entry : fs::directory_iterator(kRoot / "docs")) {
    if (entry.path().extension() != ".md") continue;
    for (const std::string& name : named_in(entry.path())) {
      INFO(entry.path().filename().string() << " names " << name);
      CHECK(exists(name));
      ++count;
    }
  }
  CHECK(count > 50);
}
