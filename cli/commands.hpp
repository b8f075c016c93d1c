// The subcommands: each in a source of its own, taking its options and the streams, giving back the
// exit code.
#pragma once

#include "cli/options.hpp"
#include "cli/streams.hpp"

namespace idpwatch::cli {

int run_alerts(const AlertsOptions& options, Streams& streams);
int run_audit(const AuditOptions& options, Streams& streams);
int run_check(const CheckOptions& options, Streams& streams);
int run_completions(const CompletionsOptions& options, Streams& streams);
int run_config(const ConfigOptions& options, Streams& streams);
int run_db(const DbOptions& options, Streams& streams);
int run_demo(const DemoOptions& options, Streams& streams);
int run_discover(const DiscoverOptions& options, Streams& streams);
int run_endpoint(const EndpointOptions& options, Streams& streams);
int run_explain(const ExplainOptions& options, Streams& streams);
int run_forecast(const ForecastOptions& options, Streams& streams);
int run_health(const HealthOptions& options, Streams& streams);
int run_history(const HistoryOptions& options, Streams& streams);
int run_import(const ImportOptions& options, Streams& streams);
int run_keys(const KeysOptions& options, Streams& streams);
int run_manual(const ManualOptions& options, Streams& streams);
int run_profiles(const ProfilesOptions& options, Streams& streams);
int run_serve(const ServeOptions& options, Streams& streams);
int run_simulate(const SimulateOptions& options, Streams& streams);
int run_status(const StatusOptions& options, Streams& streams);
int run_version(const VersionOptions& options, Streams& streams);

}  // namespace idpwatch::cli
