// A parser's commands and options as data: see command_description.hpp.
#pragma once

#include "cli/command_description.hpp"

#include <vector>

namespace CLI {
class App;
}

namespace idpwatch::cli {

[[nodiscard]] std::vector<CommandDescription> describe(const CLI::App& app);

}  // namespace idpwatch::cli
