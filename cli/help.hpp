// What --help teaches, beside the list of options: what a command does, examples, exit codes.
#pragma once

#include <string>
#include <string_view>

namespace idpwatch::cli {

struct Help {
  std::string_view name;     // "keys", "audit verify"
  std::string_view summary;  // one line, in the list of commands
  std::string_view text;     // what it does: below the summary
  std::string_view examples;
  std::string_view exits;
};

// Asserts that there is one.
const Help& help_of(std::string_view name);
// The text, then "Examples:" and "Exit codes:".
std::string help_footer(const Help& help);

}  // namespace idpwatch::cli
