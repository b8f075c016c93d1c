// The commands of docs/token-401.md, each run as it is printed there: its exit code, and what the
// page says that it says.
#include "cli/cli.hpp"
#include "cli/streams.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

using namespace idpwatch::cli;

namespace {

struct Shown {
  int exit = 0;
  std::string says, command;
};

// Blocks of ```sh: a comment with what to expect, and one command.
std::vector<Shown> shown() {
  std::ifstream page("docs/token-401.md");
  std::vector<Shown> all;
  bool inside = false;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("```")) {
      inside = line == "```sh";
    } else if (inside && line.starts_with("# exit ")) {
      const std::size_t says = line.find(", says: ");
      all.push_back({line[7] - '0', says == std::string::npos ? "" : line.substr(says + 8), ""});
    } else if (inside) {
      REQUIRE_FALSE(all.empty());
      all.back().command = line;
    }
  }
  return all;
}

}  // namespace

TEST_CASE("each command of the page about tokens does what the page says", "[docs]") {
  const std::vector<Shown> all = shown();
  REQUIRE(all.size() >= 8);
  for (const Shown& one : all) {
    INFO(one.command);
    std::istringstream words(one.command);
    std::vector<std::string> arguments;
    std::string input;
    for (std::string word; words >> word;) {
      if (word == "<") {
        words >> input;
      } else {
        arguments.push_back(word);
      }
    }
    REQUIRE(arguments.size() > 1);
    CHECK(arguments.front() == "idpwatch");
    arguments.erase(arguments.begin());
    std::ifstream file(input);
    REQUIRE(file);
    std::ostringstream out;
    std::ostringstream err;
    Streams streams{out, err};
    streams.in = &file;
    CHECK(run(arguments, streams) == one.exit);
    CHECK(out.str().find(one.says) != std::string::npos);
  }
}
