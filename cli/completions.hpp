// Completion scripts, written from the commands as the parser knows them. Pure.
#pragma once

#include "cli/command_description.hpp"

#include <string>
#include <vector>

namespace idpwatch::cli {

using Commands = std::vector<CommandDescription>;

[[nodiscard]] std::string bash_completions(const Commands& commands);
[[nodiscard]] std::string zsh_completions(const Commands& commands);
[[nodiscard]] std::string fish_completions(const Commands& commands);

}  // namespace idpwatch::cli
