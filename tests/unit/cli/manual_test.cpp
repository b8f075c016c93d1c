#include "cli/manual.hpp"

#include "cli/completions.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace idpwatch::cli;

TEST_CASE("Markdown of the reference becomes macros, with code in bold over line ends",
          "[manual]") {
  CHECK(man_of_markdown("# Title\n\nRun `config\ncheck` once.\n\n- a\n  b\n- .c\n") ==
        ".PP\nRun \\fBconfig check\\fR once.\n.IP \\(bu 2\na b\n.IP \\(bu 2\n\\&.c\n");
  CHECK(man_of_markdown(
            "## `a[].b`\n\nText.\n\n| key | type | default | meaning |\n|---|---|---|---|\n"
            "| `x` | size | `1KiB` | See [y](y.md). |\n") ==
        ".SH \\fBa[].b\\fR\n.PP\nText.\n.TP\n\\fBx\\fR (size; default \\fB1KiB\\fR)\nSee y.\n");
}

TEST_CASE("text cannot become a macro or an escape of roff", "[manual]") {
  CHECK(roff_escaped("a\\b -x") == "a\\eb \\-x");
  CHECK(man_of_markdown("'x\n") == ".PP\n\\&'x\n");
}

TEST_CASE("every command that is shown is described with its options, hidden ones are not",
          "[manual]") {
  const Commands commands = describe_commands();
  REQUIRE(commands.size() > 20);
  CHECK(commands.front().path.empty());
  const auto find = [&](const std::string& path) {
    return std::find_if(commands.begin(), commands.end(),
                        [&](const CommandDescription& one) { return one.path == path; });
  };
  CHECK(find("manual") == commands.end());
  const auto keys = find("keys");
  REQUIRE(keys != commands.end());
  const auto format =
      std::find_if(keys->options.begin(), keys->options.end(), [](const OptionDescription& one) {
        return std::count(one.names.begin(), one.names.end(), "--format") == 1;
      });
  REQUIRE(format != keys->options.end());
  CHECK(format->argument == "FORMAT");
  CHECK(format->choices == std::vector<std::string>{"text", "json"});
  CHECK(find("audit verify") != commands.end());
  for (const std::string& script :
       {bash_completions(commands), zsh_completions(commands), fish_completions(commands)}) {
    CHECK(script.find("manual") == std::string::npos);
    CHECK(script.find("discover") != std::string::npos);
  }
}
