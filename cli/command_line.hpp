// argv -> what is asked for. The only source that knows CLI11.
#pragma once

#include "cli/options.hpp"
#include "cli/streams.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace idpwatch::cli {

// Those that exist, in the order of --help.
using Command =
    std::variant<VersionOptions, ServeOptions, StatusOptions, CheckOptions, DiscoverOptions,
                 EndpointOptions, ExplainOptions, ForecastOptions, KeysOptions, HistoryOptions,
                 ImportOptions, AlertsOptions, AuditOptions, CompletionsOptions, DbOptions,
                 ConfigOptions, ManualOptions, HealthOptions, SimulateOptions, ProfilesOptions,
                 DemoOptions>;

struct CommandLine {
  std::optional<Command> command;  // nullopt: help was printed, or an error
  ExitCode code = kFine;           // then
};

// `arguments` without the program's name. Help goes to `out`, errors to `err`.
CommandLine parse_command_line(const std::vector<std::string>& arguments, Streams& streams);

}  // namespace idpwatch::cli
