// Whatever a text or a page names as a command exists.
#include "cli/cli.hpp"
#include "cli/command_description.hpp"
#include "tests/tidy/sources.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

namespace idpwatch::cli {
namespace {

namespace fs = std::filesystem;

// "idpwatch COMMAND [SUBCOMMAND]" in back quotes, or in an example (indented, or after a prompt).
std::set<std::string> named_in(const std::string& text) {
  static const std::regex pattern(R"((?:`| {2}|\$ )idpwatch ([a-z]+)(?: ([a-z]+))?\b)");
  std::set<std::string> out;
  for (std::sregex_iterator each(text.begin(), text.end(), pattern), end; each != end; ++each) {
    out.insert(each->str(1) + " " + each->str(2));
  }
  return out;
}

std::string read(const fs::path& path) {
  std::ostringstream out;
  out << std::ifstream(path).rdbuf();
  return out.str();
}

// Those that have subcommands.
std::set<std::string> groups_of_commands() {
  std::set<std::string> groups;
  for (const CommandDescription& command : describe_commands()) {
    if (!command.path.empty() && !command.commands.empty()) groups.insert(command.path);
  }
  return groups;
}

bool exists(const std::string& command, const std::string& subcommand) {
  static const std::set<std::string> groups = groups_of_commands();
  std::vector<std::string> arguments{command};
  if (groups.contains(command) && !subcommand.empty()) arguments.push_back(subcommand);
  arguments.emplace_back("--help");
  std::ostringstream out, err;
  Streams streams{out, err};
  return run(arguments, streams) == kFine;
}

TEST_CASE("each command that a remedy, a hint or a page names exists", "[cli]") {
  std::set<std::string> named;
  for (const char* folder :
       {"alerts", "base", "checks", "cli", "daemon", "forecast", "model", "storage", "docs"}) {
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      const fs::path path = entry.path();
      if (path.extension() != ".cpp" && path.extension() != ".md") continue;
      named.merge(named_in(read(path)));
    }
  }
  named.merge(named_in(read("README.md")));
  REQUIRE(named.size() > 15);
  for (const std::string& each : named) {
    CAPTURE(each);
    const std::size_t blank = each.find(' ');
    const std::string command = each.substr(0, blank);
    if (command == "on") continue;  // "idpwatch on HOST": a sentence
    CHECK(exists(command, each.substr(blank + 1)));
  }
}

}  // namespace
}  // namespace idpwatch::cli
