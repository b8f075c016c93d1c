#include "base/text.hpp"
#include "base/url.hpp"
#include "cli/commands.hpp"
#include "cli/daemon_client.hpp"
#include "cli/settings.hpp"
#include "cli/terminal.hpp"
#include "daemon/admin/snapshot_json.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace idpwatch::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string subject_of(const model::Finding& finding) {
  const model::Subject& subject = finding.subject;
  if (!subject.deployment.empty() && !subject.authority.empty()) {
    return subject.deployment + " at " + subject.authority;
  }
  if (!subject.deployment.empty()) return subject.deployment;
  return subject.authority.empty() ? subject.host : subject.authority;
}

int list(const AlertsOptions& options, Streams& streams) {
  ExitCode code = kFine;
  auto reader = open_store(options.store, streams, code);
  if (!reader) return code;
  auto alerts = reader->alerts();
  if (!alerts) return report(streams, alerts.error());
  if (!options.all) {
    std::erase_if(*alerts, [](const model::Alert& alert) {
      return alert.state == model::AlertState::kResolved;
    });
  }
  std::stable_sort(alerts->begin(), alerts->end(),
                   [](const model::Alert& a, const model::Alert& b) {
                     return a.finding.severity > b.finding.severity;
                   });
  if (options.output == Output::kJson) {
    streams.out << daemon::alerts_document(*alerts).dump(2, ' ', false,
                                                         Json::error_handler_t::replace)
                << '\n';
    return kFine;
  }
  Table table({"SEVERITY", "STATE", "SINCE", "RULE", "ABOUT", "SUMMARY"});
  for (const model::Alert& alert : *alerts) {
    const model::Finding& finding = alert.finding;
    table.add({{std::string(model::to_text(finding.severity)), colour_of(finding.severity)},
               {std::string(model::to_text(alert.state)) + (finding.ignored ? " (ignored)" : "")},
               {short_time(base::format_rfc3339(alert.since))},
               {finding.rule},
               {subject_of(finding)},
               {finding.summary}});
  }
  if (table.empty()) {
    streams.out << (options.all ? "no alerts\n" : "no open alerts\n");
  } else {
    table.print(streams.out, streams.colour);
  }
  return kFine;
}

// The receivers that a test would go to; nullopt when the one named does not exist.
std::optional<std::vector<alerts::ReceiverConfig>> chosen(const AlertsOptions& options,
                                                          const daemon::Config& config,
                                                          Streams& streams) {
  std::vector<alerts::ReceiverConfig> receivers = config.alerts.receivers;
  std::vector<std::string> names;
  names.reserve(receivers.size());
  for (const alerts::ReceiverConfig& receiver : receivers) names.push_back(receiver.name);
  if (options.receiver) {
    std::erase_if(receivers,
                  [&](const auto& receiver) { return receiver.name != *options.receiver; });
  }
  if (!receivers.empty()) return receivers;
  const std::string wanted = options.receiver ? "there is no receiver \"" + *options.receiver + "\""
                                              : std::string("the configuration has no receivers");
  const auto near = base::nearest(options.receiver.value_or(""), names);
  report(streams, base::make_error(base::ErrorKind::kUsage, wanted,
                                   near ? "did you mean " + *near + "?" : "add it to receivers"));
  return std::nullopt;
}

int test(const AlertsOptions& options, Streams& streams) {
  const auto config = load_config(options.store.config, streams);
  if (!config) return kUsage;
  const auto receivers = chosen(options, *config, streams);
  if (!receivers) return kUsage;
  if (!options.dry_run) {
    const std::string query =
        options.receiver ? "?receiver=" + percent_encode(*options.receiver) : "";
    const auto answer = ask_daemon(*config, Method::kPost, "/api/v1/test" + query);
    if (!answer) return report(streams, answer.error());
    if (answer->status != 202) {
      return report(streams,
                    base::make_error(base::ErrorKind::kUnreachable,
                                     fmt::format("the daemon answers {}: {}", answer->status,
                                                 base::printable(base::trim(answer->body), 500))));
    }
  }
  Json document{{"schema", "idpwatch.alerts-test/v1"},
                {"queued", !options.dry_run},
                {"receivers", Json::array()}};
  for (const alerts::ReceiverConfig& receiver : *receivers) {
    const auto url = base::parse_url(receiver.url);
    const std::string where = url ? url->origin() : std::string("-");
    document["receivers"].push_back(
        Json{{"name", receiver.name}, {"host", where}, {"signed", !receiver.secrets.empty()}});
    if (options.output == Output::kJson) continue;
    streams.out << (options.dry_run ? "would send" : "queued") << " a test message for "
                << base::printable(receiver.name) << ": POST " << where << "/..., "
                << (receiver.secrets.empty() ? "unsigned" : "signed") << '\n';
  }
  if (options.output == Output::kJson) streams.out << document.dump(2) << '\n';
  return kFine;
}

}  // namespace

int run_alerts(const AlertsOptions& options, Streams& streams) {
  return options.action == AlertsAction::kTest ? test(options, streams) : list(options, streams);
}

}  // namespace idpwatch::cli
