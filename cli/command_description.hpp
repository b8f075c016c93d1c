// The command line as data: every command with its options, read off the parser itself. What manual
// page and completion scripts are written from.
#pragma once

#include "cli/help.hpp"

#include <string>
#include <vector>

namespace idpwatch::cli {

struct OptionDescription {
  std::vector<std::string> names;  // "-c", "--config"; empty: an argument without a name
  std::string argument;            // "FILE"; empty: a flag. Of an argument: what it is called
  std::vector<std::string> choices;
  std::string help;
};

struct CommandDescription {
  std::string path;  // "", "keys", "audit verify"
  const Help* help = nullptr;
  std::vector<OptionDescription> options;
  std::vector<std::string> commands;  // names of those below
};

// The program itself first, then every command, those below it right after it.
[[nodiscard]] std::vector<CommandDescription> describe_commands();

}  // namespace idpwatch::cli
