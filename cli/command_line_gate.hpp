// Options that belong together, of the commands that have many (command_line.cpp has the others).
#pragma once

#include "cli/options.hpp"

namespace CLI {
class App;
}

namespace idpwatch::cli {

// What makes `check` a gate of a build: formats, baselines, exit codes.
void add_gate_options(CLI::App& check, CheckOptions& options);
void add_alert_options(CLI::App& show, CLI::App& silence, CLI::App& unsilence,
                       AlertsOptions& options);

}  // namespace idpwatch::cli
