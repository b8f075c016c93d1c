#include "alerts/muting.hpp"
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
#include <map>
#include <string>
#include <utility>
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

// Of the configuration; none where a database alone is named.
std::vector<alerts::MaintenanceWindow> maintenance_of(const StoreOptions& options) {
  if (options.db && !options.config) return {};
  const auto config = config::load_config(config_path(options.config), config_world());
  return config ? config->alerts.maintenance : std::vector<alerts::MaintenanceWindow>();
}

struct OpenAlerts {
  std::vector<model::Alert> alerts;          // as they are stored, and what mutes them now
  std::map<std::string, std::string> muted;  // by finding: until when, by whom and why
};

std::string until_text(base::Instant until) {
  return "until " + short_time(base::format_rfc3339(until));
}

base::Result<OpenAlerts> read_alerts(const StoreOptions& options, storage::Reader& reader) {
  auto alerts = reader.alerts();
  if (!alerts) return base::fail(alerts.error());
  const auto notes = reader.notes_of("silence");
  if (!notes) return base::fail(notes.error());
  const base::Instant now = base::SystemClock().wall();
  const std::vector<alerts::Silence> silences = alerts::silences_of(*notes, now);
  const std::vector<alerts::MaintenanceWindow> windows = maintenance_of(options);
  OpenAlerts out;
  for (model::Alert& alert : *alerts) {
    std::string& muted = out.muted[alert.finding.id];
    if (const auto* by = alerts::silenced(alert.finding, silences, now)) {
      alert.silenced_by = by->id;
      muted = "silence " + by->id + ", " + until_text(by->until) + ", by " +
              base::printable(by->author) + ": " + base::printable(by->comment);
    } else if (const auto* window = alerts::in_maintenance(alert.finding, windows, now)) {
      alert.silenced_by = alerts::describe(*window);
      muted = base::printable(alert.silenced_by);
      if (window->until) muted += ", " + until_text(*window->until);
    }
  }
  out.alerts = std::move(*alerts);
  return out;
}

std::string state_of(const model::Alert& alert) {
  std::string out(model::to_text(alert.state));
  if (alert.finding.ignored) out += " (ignored)";
  return out + alerts::muted_word(alert.silenced_by);
}

void print_alert(const model::Alert& alert, const std::string& muted, Streams& streams) {
  print_finding(alert.finding, streams.out, streams.colour);
  streams.out << "  id      " << alert.finding.id << "\n  state   " << state_of(alert) << ", since "
              << short_time(base::format_rfc3339(alert.since)) << '\n';
  for (const model::Notified& told : alert.notified) {
    streams.out << "  sent to " << base::printable(told.receiver) << ", "
                << short_time(base::format_rfc3339(told.at)) << ", as "
                << model::to_text(told.severity)
                << (told.dropped ? " (could not be delivered)" : "") << '\n';
  }
  if (!muted.empty()) streams.out << "  " << muted << '\n';
}

int show(const AlertsOptions& options, Streams& streams) {
  ExitCode code = kFine;
  auto reader = open_store(options.store, streams, code);
  if (!reader) return code;
  auto read = read_alerts(options.store, *reader);
  if (!read) return report(streams, read.error());
  std::vector<model::Alert>& alerts = read->alerts;
  std::erase_if(alerts, [&options](const model::Alert& alert) {
    return alert.finding.rule != options.id && !alert.finding.id.starts_with(options.id);
  });
  if (alerts.empty()) {
    return report(streams,
                  base::make_error(base::ErrorKind::kUsage,
                                   "there is no alert \"" + base::printable(options.id, 80) + "\"",
                                   "idpwatch alerts list names them"));
  }
  if (options.output == Output::kJson) {
    streams.out << daemon::alerts_document(alerts).dump(2, ' ', false,
                                                        Json::error_handler_t::replace)
                << '\n';
    return kFine;
  }
  for (const model::Alert& alert : alerts) {
    print_alert(alert, read->muted[alert.finding.id], streams);
  }
  return kFine;
}

int list(const AlertsOptions& options, Streams& streams) {
  ExitCode code = kFine;
  auto reader = open_store(options.store, streams, code);
  if (!reader) return code;
  auto read = read_alerts(options.store, *reader);
  if (!read) return report(streams, read.error());
  std::vector<model::Alert>& alerts = read->alerts;
  if (!options.all) {
    std::erase_if(alerts, [](const model::Alert& alert) {
      return alert.state == model::AlertState::kResolved;
    });
  }
  std::stable_sort(alerts.begin(), alerts.end(), [](const model::Alert& a, const model::Alert& b) {
    return a.finding.severity > b.finding.severity;
  });
  if (options.output == Output::kJson) {
    streams.out << daemon::alerts_document(alerts).dump(2, ' ', false,
                                                        Json::error_handler_t::replace)
                << '\n';
    return kFine;
  }
  Table table({"SEVERITY", "STATE", "SINCE", "RULE", "ABOUT", "SUMMARY"});
  for (const model::Alert& alert : alerts) {
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
