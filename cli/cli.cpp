#include "cli/cli.hpp"

#include "base/environment.hpp"
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/process.hpp"

#include <exception>
#include <type_traits>
#include <variant>

namespace idpwatch::cli {
namespace {

template <class... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};

// Every command by hand: what is not listed here cannot be asked for.
int dispatch(const Command& command, Streams& streams) {
  return std::visit(
      Overloaded{
          [&](const AlertsOptions& options) { return run_alerts(options, streams); },
          [&](const AuditOptions& options) { return run_audit(options, streams); },
          [&](const CheckOptions& options) { return run_check(options, streams); },
          [&](const CompletionsOptions& options) { return run_completions(options, streams); },
          [&](const ConfigOptions& options) { return run_config(options, streams); },
          [&](const DbOptions& options) { return run_db(options, streams); },
          [&](const DemoOptions& options) { return run_demo(options, streams); },
          [&](const DiscoverOptions& options) { return run_discover(options, streams); },
          [&](const EndpointOptions& options) { return run_endpoint(options, streams); },
          [&](const ExplainOptions& options) { return run_explain(options, streams); },
          [&](const ForecastOptions& options) { return run_forecast(options, streams); },
          [&](const HealthOptions& options) { return run_health(options, streams); },
          [&](const HistoryOptions& options) { return run_history(options, streams); },
          [&](const ImportOptions& options) { return run_import(options, streams); },
          [&](const KeysOptions& options) { return run_keys(options, streams); },
          [&](const ManualOptions& options) { return run_manual(options, streams); },
          [&](const ProfilesOptions& options) { return run_profiles(options, streams); },
          [&](const ServeOptions& options) { return run_serve(options, streams); },
          [&](const SimulateOptions& options) { return run_simulate(options, streams); },
          [&](const StatusOptions& options) { return run_status(options, streams); },
          [&](const VersionOptions& options) { return run_version(options, streams); },
      },
      command);
}

}  // namespace

int run(const std::vector<std::string>& arguments, Streams& streams) {
  try {
    const CommandLine line = parse_command_line(arguments, streams);
    return line.command ? dispatch(*line.command, streams) : line.code;
  } catch (const std::exception& error) {
    return report(streams, base::make_error(base::ErrorKind::kInternal, error.what()));
  }
}

int main(int argc, char** argv) {
  prepare_process();
  Streams streams = Streams::of_process(base::Environment::of_process());
  const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  if (may_hold_secret(arguments)) hide_secrets(argc, argv);
  const int code = run(arguments, streams);
  streams.out.flush();
  if (code != kFine || streams.out) return code;
  return report(streams,
                base::make_error(base::ErrorKind::kUnreadable, "cannot write to standard output"));
}

}  // namespace idpwatch::cli
