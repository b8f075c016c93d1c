// argv -> what is asked for. The only source that knows CLI11.
#pragma once

#include "cli/options.hpp"
#include "cli/streams.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace idpwatch::cli {

// Those that exist.
using Command =
    std::variant<AlertsOptions, AuditOptions, CheckOptions, CompletionsOptions, ConfigOptions,
                 DbOptions, DemoOptions, DiscoverOptions, EndpointOptions, ExplainOptions,
                 ForecastOptions, HealthOptions, HistoryOptions, ImportOptions, KeysOptions,
                 ManualOptions, ProfilesOptions, ServeOptions, SimulateOptions, StatusOptions,
                 VersionOptions>;

struct CommandLine {
  std::optional<Command> command;  // nullopt: help was printed, or an error
  ExitCode code = kFine;           // then
};

// `arguments` without the program's name. Help goes to `out`, errors to `err`.
CommandLine parse_command_line(const std::vector<std::string>& arguments, Streams& streams);

}  // namespace idpwatch::cli
