// Every command that README.md or a page shows is one that the program takes: in a block of code
// the whole line is parsed, as a shell would hand it over; in a sentence each option is looked up.
#include "cli/cli.hpp"
#include "cli/command_line.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace idpwatch::cli {
namespace {

namespace fs = std::filesystem;

struct Shown {
  std::string page, text;
  bool whole = false;  // a line of a block, as somebody types it
};

// Words of a shell's line up to a comment, a pipe or a redirection; what stands in brackets in a
// synopsis is taken as given, of alternatives the first.
std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  std::string word;
  bool any = false;
  const auto end_word = [&] {
    if (any) words.push_back(word);
    word.clear();
    any = false;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\'' || c == '"') {
      const std::size_t to = std::min(text.find(c, i + 1), text.size());
      word += text.substr(i + 1, to - i - 1);
      any = true;
      i = to;
    } else if (c == '$' && text.substr(i).starts_with("$(")) {
      const std::size_t to = std::min(text.find(')', i), text.size());
      word += "now";
      any = true;
      i = to;
    } else if (c == ' ') {
      end_word();
    } else if (c == '<' || c == '>' || c == ';' || (c == '#' && !any) || (c == '|' && !any) ||
               text.substr(i).starts_with("&&")) {
      break;
    } else if (c == '|') {  // --format text|json
      while (i + 1 < text.size() && text[i + 1] != ' ' && text[i + 1] != ']') ++i;
    } else if (c != '[' && c != ']') {
      word += c;
      any = true;
    }
  }
  end_word();
  std::erase(words, "...");
  for (std::string& one : words) {
    if (one.ends_with("...")) one.resize(one.size() - 3);
  }
  return words;
}

// From "idpwatch" on, where the line runs it: at its begin, or behind what starts other programs.
std::string command_in(const std::string& line) {
  for (std::size_t at = line.find("idpwatch "); at != std::string::npos;
       at = line.find("idpwatch ", at + 1)) {
    const std::string before = line.substr(0, at);
    if (at > 0 && line[at - 1] != ' ') continue;
    const bool first = before.find_first_not_of(' ') == std::string::npos;
    const bool starts = before.ends_with("$ ") || before.ends_with("| ") ||
                        before.ends_with("run: ") || before.ends_with("-- ") ||
                        before.ends_with("- ") || before.ends_with("exec idpwatch ");
    if (first || starts) return line.substr(at + 9);
  }
  return {};
}

void add_page(const fs::path& path, std::vector<Shown>& all) {
  std::ifstream in(path);
  std::string prose;
  std::string open;  // a line of a block that goes on
  bool code = false;
  for (std::string line; std::getline(in, line);) {
    if (line.find("```") != std::string::npos) {
      code = !code;
    } else if (code) {
      open += line;
      if (open.ends_with('\\')) {
        open.pop_back();
        continue;
      }
      const std::string command = command_in(open);
      open.clear();
      if (!command.empty()) all.push_back({path.string(), command, true});
    } else {
      prose += line + " ";
    }
  }
  for (std::size_t at = prose.find("`idpwatch "); at != std::string::npos;
       at = prose.find("`idpwatch ", at + 1)) {
    const std::size_t to = prose.find('`', at + 1);
    if (to == std::string::npos) break;
    all.push_back({path.string(), prose.substr(at + 10, to - at - 10), false});
  }
}

std::vector<Shown> shown() {
  std::vector<Shown> all;
  add_page("README.md", all);
  std::vector<fs::path> pages;
  for (const auto& entry : fs::directory_iterator("docs")) {
    if (entry.path().extension() == ".md") pages.push_back(entry.path());
  }
  std::sort(pages.begin(), pages.end());
  for (const fs::path& page : pages) add_page(page, all);
  return all;
}

std::string help_of(const std::vector<std::string>& words) {
  static const std::set<std::string> groups{"alerts", "audit", "config", "db"};
  std::vector<std::string> arguments{words.front()};
  if (groups.contains(words.front()) && words.size() > 1) arguments.push_back(words[1]);
  arguments.emplace_back("--help");
  std::ostringstream out, err;
  Streams streams{out, err};
  return parse_command_line(arguments, streams).code == kFine ? out.str() : std::string();
}

void check_options(const std::vector<std::string>& words) {
  if (words.front().starts_with("--")) {
    std::ostringstream out, err;
    Streams streams{out, err};
    parse_command_line({"--help"}, streams);
    CHECK(out.str().find(words.front()) != std::string::npos);
    return;
  }
  if (words.front() == "COMMAND") return;
  const std::string help = help_of(words);
  CHECK_FALSE(help.empty());
  for (const std::string& word : words) {
    if (!word.starts_with("--") || word == "--" || word == "--help") continue;
    INFO(word);
    CHECK(help.find(word.substr(0, word.find('='))) != std::string::npos);
  }
}

TEST_CASE("every command that a page shows is one that the program takes", "[docs]") {
  const std::vector<Shown> all = shown();
  REQUIRE(all.size() > 60);
  REQUIRE(std::count_if(all.begin(), all.end(), [](const Shown& one) { return one.whole; }) > 20);
  for (const Shown& one : all) {
    const std::vector<std::string> words = words_of(one.text);
    INFO(one.page << ": idpwatch " << one.text);
    REQUIRE_FALSE(words.empty());
    check_options(words);
    if (!one.whole) continue;
    std::ostringstream out, err;
    Streams streams{out, err};
    const CommandLine parsed = parse_command_line(words, streams);
    INFO(err.str());
    CHECK(parsed.code == kFine);
    CHECK((parsed.command.has_value() || !out.str().empty()));
  }
}

TEST_CASE("a page that shows an option that does not exist is noticed", "[docs]") {
  CHECK(command_in("$ idpwatch check a.json") == "check a.json");
  CHECK(command_in("podman exec idpwatch idpwatch status") == "status");
  CHECK(command_in("kubectl -n idpwatch create secret generic idpwatch --from-literal=x").empty());
  CHECK(command_in("[ 0 s] idpwatch serve starts").empty());
  CHECK(words_of("alerts silence 'rule=refusal-*' --for 2h  # a comment") ==
        std::vector<std::string>{"alerts", "silence", "rule=refusal-*", "--for", "2h"});
  CHECK(words_of("simulate STORY... [--format text|json]") ==
        std::vector<std::string>{"simulate", "STORY", "--format", "text"});
  std::ostringstream out, err;
  Streams streams{out, err};
  CHECK(parse_command_line({"check", "a.json", "--no-such-option"}, streams).code == kUsage);
}

}  // namespace
}  // namespace idpwatch::cli
