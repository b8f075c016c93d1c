#include "cli/command_line_options.hpp"

#include <CLI/CLI.hpp>

#include <cstdint>

namespace idpwatch::cli {

void add_format(CLI::App& command, Output& output) {
  command
      .add_option_function<std::string>(
          "--format",
          [&output](const std::string& text) {
            output = text == "json" ? Output::kJson : Output::kText;
          },
          "text (for people) or json (documented, with \"schema\")")
      ->check(CLI::IsMember({"text", "json"}))
      ->type_name("FORMAT");
  command.add_flag_function(
      "--json", [&output](std::int64_t) { output = Output::kJson; }, "The same as --format json");
}

void add_text(CLI::App& command, const std::string& name, std::optional<std::string>& text,
              const std::string& type, const std::string& help) {
  command.add_option(name, text, help)->type_name(type);
}

void add_config_option(CLI::App& command, std::optional<std::string>& config) {
  add_text(command, "-c,--config", config, "FILE",
           "The configuration (default: $IDPWATCH_CONFIG, else /etc/idpwatch/idpwatch.yaml)");
}

void add_store(CLI::App& command, StoreOptions& store) {
  add_config_option(command, store.config);
  add_text(command, "--db", store.db, "PATH",
           "State directory or database, instead of the configuration's");
}

}  // namespace idpwatch::cli
