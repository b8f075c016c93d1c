// Plain English: words of an inner dialect that readers stumble over stand in no page and in no
// text that people read. Each with what to write instead.
#include "tests/tidy/sources.hpp"

#include <filesystem>
#include <fstream>
#include <regex>

using namespace idpwatch::tidy;

namespace {

struct Banned {
  const char* words;  // a regular expression, whole words, any case
  const char* instead;
};

constexpr Banned kBanned[] = {
    {"told", "reported, notified, said"},
    {"mend(s|ed|ing)?", "fix"},
    {"afresh|anew", "again, from scratch"},
    {"whoever", "anyone who"},
    {"any more", "no longer"},
    {"at the latest", "by, no later than"},
    {"as far as can be told", "within measurement accuracy"},
    {"in the end", "effective, final"},
    {"(stands?|stood) (in|at|on|under|beside|twice|together|alone|there|here)", "is, is set"},
    {"takes no more|takes our messages", "cannot write, rejects"},
    {"lives? on (its|their) cache", "uses cached keys"},
    {"out of its dates", "expired or not yet valid"},
    {"(first|next|last|further|each|one|two) looks?", "probe"},
    {"without effect so far", "not implemented yet"},
    {"is no (json|url|number|rule|version|object|string|time|name)", "is not a"},
};

std::vector<std::filesystem::path> pages() {
  std::vector<std::filesystem::path> out{"README.md"};
  for (const auto& entry : std::filesystem::directory_iterator("docs")) {
    if (entry.path().extension() == ".md") out.push_back(entry.path());
  }
  return out;
}

// The lines of a page outside its code blocks.
std::vector<std::string> prose(const std::filesystem::path& page) {
  std::ifstream in(page);
  std::vector<std::string> out;
  bool code = false;
  for (std::string line; std::getline(in, line);) {
    if (line.find("```") != std::string::npos) code = !code;
    if (!code && !line.starts_with("    ")) out.push_back(line);
  }
  return out;
}

// The texts of a source: string literals of more than one word.
std::vector<std::string> texts(const Source& source) {
  static const std::regex literal(R"re("((?:[^"\\]|\\.)*)")re");
  std::vector<std::string> out;
  for (const std::string& line : source.lines) {
    if (line.find_first_not_of(' ') == line.find("//") || line.starts_with("#include")) continue;
    for (std::sregex_iterator one(line.begin(), line.end(), literal), end; one != end; ++one) {
      if ((*one)[1].str().find(' ') != std::string::npos) out.push_back((*one)[1]);
    }
  }
  return out;
}

void check_words(const std::string& where, const std::vector<std::string>& lines) {
  for (const Banned& banned : kBanned) {
    const std::regex words("\\b(" + std::string(banned.words) + ")\\b", std::regex::icase);
    for (const std::string& line : lines) {
      INFO(where << ": " << line << "\nwrite instead of " << banned.words << ": "
                 << banned.instead);
      CHECK_FALSE(std::regex_search(line, words));
    }
  }
}

}  // namespace

TEST_CASE("Pages and texts are written in plain English", "[tidy]") {
  const auto all = pages();
  REQUIRE(all.size() > 10);
  for (const auto& page : all) check_words(page.string(), prose(page));
  for (const Source& source : production_sources()) check_words(source.path, texts(source));
}

TEST_CASE("Lines of pages end at 120 columns, tables and code apart", "[tidy]") {
  for (const auto& page : pages()) {
    for (const std::string& line : prose(page)) {
      INFO(page.string() << ": " << line);
      CHECK((line.size() <= 120 || line.starts_with("|") ||
             line.find("](http") != std::string::npos));
    }
  }
}
