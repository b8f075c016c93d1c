#include "base/clock.hpp"
#include "base/text.hpp"
#include "cli/check_report.hpp"
#include "cli/commands.hpp"
#include "cli/settings.hpp"
#include "cli/source_lines.hpp"
#include "watch/deployments.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace idpwatch::cli {

namespace {

constexpr std::size_t kNoteCharacters = 400;

bool asked_for(const std::string& name, const std::optional<std::string>& wanted) {
  return !wanted || name == *wanted || name.starts_with(*wanted + "#");
}

model::RefusalState result_of(const watch::ValidatorState& validator,
                              const std::vector<model::Finding>& findings, base::Instant now) {
  model::RefusalState result = validator.state;
  for (const model::Finding& finding : findings) {
    if (finding.subject.deployment != validator.name) continue;
    result = model::worse(result, model::refusal_state(finding, now));
  }
  return result;
}

}  // namespace

// From what the store knows of the authorities: no network, and beside a running daemon too.
int run_forecast(const ForecastOptions& options, Streams& streams) {
  const auto config = load_config_or_defaults(options.store.config, streams);
  if (!config) return kUsage;
  ExitCode code = kFine;
  auto stored = open_store(options.store, streams, code);
  if (!stored) return code;

  if (config->deployments.empty()) {
    streams.err
        << "note: the configuration names no deployments; name one that does with --config\n";
  }

  const base::SystemClock clock;
  const base::Instant now = clock.wall();
  watch::Deployments deployments(clock);
  deployments.configure(*config);
  std::vector<watch::DeploymentReading> readings;
  for (const config::DeploymentConfig& deployment : config->deployments) {
    readings.push_back(watch::read_deployment_files(deployment, {}, watch::disk()));
  }
  const auto taken = deployments.take(std::move(readings), *config, now);
  for (const std::string& line : taken.log) streams.err << line << '\n';
  const auto results = deployments.judging().judge_stored(*stored, {now, clock.boottime()});
  if (!results) return report(streams, results.error());

  CheckReport report_out;
  report_out.schema = "idpwatch.forecast/v1";
  report_out.at = now;
  for (const model::CheckResult& result : *results) {
    if (result.health == model::Health::kFailing &&
        asked_for(result.finding.subject.deployment, options.deployment)) {
      report_out.findings.push_back(result.finding);
      report_out.findings.back().first_seen = report_out.findings.back().last_seen = now;
    }
  }
  for (const watch::ValidatorState& state : deployments.states()) {
    if (!asked_for(state.name, options.deployment)) continue;
    const model::RefusalState result = result_of(state, report_out.findings, now);
    const bool undetermined = result == model::RefusalState::kUndetermined;
    report_out.checked.push_back(
        {CheckedKind::kDeployment, state.name, result, undetermined ? state.why : "", state.notes});
    for (const std::string& note : state.notes) {
      streams.err << "note: " << state.name << ": " << base::printable(note, kNoteCharacters)
                  << '\n';
    }
  }
  if (options.deployment && report_out.checked.empty()) {
    return report(streams, base::make_error(base::ErrorKind::kUsage,
                                            "no deployment is called '" + *options.deployment + "'",
                                            "see `idpwatch config show`"));
  }
  if (options.output == Output::kJson) {
    streams.out << to_json(report_out).dump(2) << '\n';
  } else {
    SourceLines lines;
    print_report(report_out, streams.out, streams.colour, [&lines](const model::SourceRef& at) {
      return lines.at(at.file, at.line, at.key);
    });
  }
  return result(report_out);
}

}  // namespace idpwatch::cli
