// Options that several commands share, as CLI11 is told of them.
#pragma once

#include "cli/options.hpp"

#include <optional>
#include <string>

namespace CLI {
class App;
}

namespace idpwatch::cli {

void add_format(CLI::App& command, Output& output);
void add_text(CLI::App& command, const std::string& name, std::optional<std::string>& text,
              const std::string& type, const std::string& help);
void add_config_option(CLI::App& command, std::optional<std::string>& config);
void add_store(CLI::App& command, StoreOptions& store);

}  // namespace idpwatch::cli
