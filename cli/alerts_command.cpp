#include "alerts/silence.hpp"
#include "base/clock.hpp"
#include "base/text.hpp"
#include "cli/alerts_silence_command.hpp"
#include "cli/alerts_test_command.hpp"
#include "cli/check_report.hpp"
#include "cli/commands.hpp"
#include "cli/settings.hpp"
#include "cli/terminal.hpp"
#include "daemon/admin/snapshot_json.hpp"

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

// As they are stored, and what silences them now.
base::Result<std::vector<model::Alert>> read_alerts(storage::Reader& reader) {
  auto alerts = reader.alerts();
  if (!alerts) return alerts;
  const auto notes = reader.notes_of("silence");
  if (!notes) return base::fail(notes.error());
  const base::Instant now = base::SystemClock().wall();
  const std::vector<alerts::Silence> silences = alerts::silences_of(*notes, now);
  for (model::Alert& alert : *alerts) {
    const alerts::Silence* by = alerts::silenced(alert.finding, silences, now);
    if (by != nullptr) alert.silenced_by = by->id;
  }
  return alerts;
}

std::string state_of(const model::Alert& alert) {
  std::string out(model::to_text(alert.state));
  if (alert.finding.ignored) out += " (ignored)";
  if (!alert.silenced_by.empty()) out += " (silenced)";
  return out;
}

void print_alert(const model::Alert& alert, Streams& streams) {
  print_finding(alert.finding, streams.out, streams.colour);
  streams.out << "  id      " << alert.finding.id << "\n  state   " << state_of(alert) << ", since "
              << short_time(base::format_rfc3339(alert.since)) << '\n';
  for (const model::Notified& told : alert.notified) {
    streams.out << "  sent to " << base::printable(told.receiver) << ", "
                << short_time(base::format_rfc3339(told.at)) << ", as "
                << model::to_text(told.severity)
                << (told.dropped ? " (could not be delivered)" : "") << '\n';
  }
  if (!alert.silenced_by.empty()) {
    streams.out << "  silence " << base::printable(alert.silenced_by) << '\n';
  }
}

int show(const AlertsOptions& options, Streams& streams) {
  ExitCode code = kFine;
  auto reader = open_store(options.store, streams, code);
  if (!reader) return code;
  auto alerts = read_alerts(*reader);
  if (!alerts) return report(streams, alerts.error());
  std::erase_if(*alerts, [&options](const model::Alert& alert) {
    return alert.finding.rule != options.id && !alert.finding.id.starts_with(options.id);
  });
  if (alerts->empty()) {
    return report(streams,
                  base::make_error(base::ErrorKind::kUsage,
                                   "there is no alert \"" + base::printable(options.id, 80) + "\"",
                                   "idpwatch alerts list names them"));
  }
  if (options.output == Output::kJson) {
    streams.out << daemon::alerts_document(*alerts).dump(2, ' ', false,
                                                         Json::error_handler_t::replace)
                << '\n';
    return kFine;
  }
  for (const model::Alert& alert : *alerts) print_alert(alert, streams);
  return kFine;
}

int list(const AlertsOptions& options, Streams& streams) {
  ExitCode code = kFine;
  auto reader = open_store(options.store, streams, code);
  if (!reader) return code;
  auto alerts = read_alerts(*reader);
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
               {state_of(alert)},
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

}  // namespace

int run_alerts(const AlertsOptions& options, Streams& streams) {
  switch (options.action) {
    case AlertsAction::kList:
      return list(options, streams);
    case AlertsAction::kShow:
      return show(options, streams);
    case AlertsAction::kTest:
      return run_alerts_test(options, streams);
    case AlertsAction::kSilence:
    case AlertsAction::kUnsilence:
    case AlertsAction::kSilences:
      break;
  }
  return run_alerts_silence(options, streams);
}

}  // namespace idpwatch::cli
