#include "tests/tidy/sources.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

namespace idpwatch::tidy {

namespace {

namespace fs = std::filesystem;

const std::vector<std::string>& house() {
  static const std::vector<std::string> folders = {
      "base",     "model", "checks", "validators", "deployed", "forecast",
      "explain",  "net",   "probe",  "storage",    "alerts",   "config",
      "discover", "watch", "daemon", "demo",       "cli"};
  return folders;
}

Source read(const fs::path& root, const fs::path& file) {
  Source source;
  source.path = fs::relative(file, root).generic_string();
  source.folder = source.path.substr(0, source.path.find('/'));
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) source.lines.push_back(line);
  return source;
}

std::vector<Source> below(const std::vector<std::string>& folders) {
  const fs::path root = IDPWATCH_SOURCE_DIR;
  std::vector<Source> sources;
  for (const std::string& folder : folders) {
    if (!fs::exists(root / folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      const std::string name = entry.path().filename().string();
      if (name.ends_with(".cpp") || name.ends_with(".hpp")) {
        sources.push_back(read(root, entry.path()));
      }
    }
  }
  std::sort(sources.begin(), sources.end(),
            [](const Source& a, const Source& b) { return a.path < b.path; });
  return sources;
}

}  // namespace

std::vector<Source> production_sources() { return below(house()); }

std::vector<Source> test_sources() { return below({"tests", "bench"}); }

std::vector<std::string> includes(const Source& source) {
  static const std::regex pattern(R"(^\s*#\s*include\s*([<"])([^>"]+)[>"])");
  std::vector<std::string> out;
  for (const std::string& line : source.lines) {
    std::smatch match;
    if (std::regex_search(line, match, pattern)) {
      out.push_back((match[1] == "<" ? "<" : "") + match[2].str());
    }
  }
  return out;
}

std::string code_of(const std::string& line) {
  std::string code;
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quoted && c == '\\') {
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
      code += c;
    } else if (!quoted && line.compare(i, 2, "//") == 0) {
      break;
    } else if (!quoted) {
      code += c;
    }
  }
  return code;
}

std::string build_lists() {
  std::ostringstream out;
  for (const auto& entry : fs::recursive_directory_iterator(IDPWATCH_SOURCE_DIR)) {
    const std::string path = fs::relative(entry.path(), IDPWATCH_SOURCE_DIR).generic_string();
    if (path.starts_with("build/")) continue;
    if (entry.path().filename() == "CMakeLists.txt") out << std::ifstream(entry.path()).rdbuf();
  }
  return out.str();
}

}  // namespace idpwatch::tidy
