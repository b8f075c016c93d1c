#include "cli/alerts_test_command.hpp"
#include "cli/commands.hpp"
#include "cli/settings.hpp"
#include "cli/terminal.hpp"
#include "daemon/admin/snapshot_json.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>

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

}  // namespace

int run_alerts(const AlertsOptions& options, Streams& streams) {
  return options.action == AlertsAction::kTest ? run_alerts_test(options, streams)
                                               : list(options, streams);
}

}  // namespace idpwatch::cli
