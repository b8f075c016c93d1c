#include "cli/check_report.hpp"

#include "base/text.hpp"
#include "cli/terminal.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace idpwatch::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kLineCharacters = 600;

std::string_view to_text(CheckedKind kind) {
  switch (kind) {
    case CheckedKind::kFile:
      return "file";
    case CheckedKind::kDeployment:
      return "deployment";
    case CheckedKind::kAuthority:
      break;
  }
  return "authority";
}

std::string subject_text(const model::Subject& subject) {
  std::string out = subject.deployment;
  for (const std::string& part : {subject.authority, subject.host}) {
    if (!part.empty()) out += (out.empty() ? "" : ", ") + part;
  }
  return out;
}

std::string time_text(const std::optional<base::Instant>& at, const char* absent) {
  return at ? short_time(base::format_rfc3339(*at)) : std::string(absent);
}

std::string window_text(const model::Window& window) {
  const std::string earliest = time_text(window.earliest, "an unknown time");
  const std::string latest = time_text(window.latest, "");
  std::string out = "from " + earliest;
  if (!latest.empty() && latest != earliest) out += ", no later than " + latest;
  out += ", until " + time_text(window.until, "fixed");
  if (window.longest_s) {
    out += ", at most " + base::describe_duration(base::seconds(*window.longest_s)) +
           " in one instance";
  }
  return out;
}

// What the service answers, in its own words. Messages of Microsoft.IdentityModel begin with their
// id: it is not said twice.
std::string answer_text(int answered, const model::Finding& finding) {
  const std::string status = answered == 0 ? "" : std::to_string(answered) + " ";
  if (finding.error_id.empty() || finding.error_message.starts_with(finding.error_id)) {
    return status + finding.error_message;
  }
  return status + finding.error_id + (finding.error_message.empty() ? "" : ": ") +
         finding.error_message;
}

std::string about(const Checked& checked) {
  return checked.why.empty() ? base::join(checked.notes, "; ") : checked.why;
}

void print_checked(const std::vector<Checked>& checked, std::ostream& out, bool colour) {
  const bool reasons = std::any_of(checked.begin(), checked.end(),
                                   [](const Checked& each) { return !about(each).empty(); });
  std::vector<std::string> columns{"RESULT", "CHECKED"};
  if (reasons) columns.emplace_back("NOTES");
  Table table(std::move(columns));
  for (const Checked& each : checked) {
    std::vector<Cell> row{{std::string(model::to_text(each.result)), colour_of(each.result)},
                          {each.name}};
    if (reasons) row.push_back({about(each)});
    table.add(std::move(row));
  }
  if (!table.empty()) table.print(out, colour);
}

}  // namespace

bool CheckReport::accepts(const model::Finding& finding) const {
  return has_baseline && baseline.contains(fingerprint(finding));
}

bool CheckReport::fails(const model::Finding& finding) const {
  return !finding.ignored && finding.severity >= fail_on && !accepts(finding);
}

Json to_json(const CheckReport& report) {
  Json out{{"schema", report.schema},
           {"at", base::format_rfc3339(report.at)},
           {"findings", Json::array()},
           {"checked", Json::array()}};
  for (const model::Finding& finding : report.findings) {
    out["findings"].push_back(Json(model::to_json(finding)));
    if (report.has_baseline) out["findings"].back()["in_baseline"] = report.accepts(finding);
  }
  for (const Checked& checked : report.checked) {
    Json row{{std::string(to_text(checked.kind)), checked.name},
             {"result", model::to_text(checked.result)}};
    if (!checked.why.empty()) row["why"] = checked.why;
    if (!checked.notes.empty()) row["notes"] = checked.notes;
    out["checked"].push_back(std::move(row));
  }
  if (!report.notes.empty()) out["notes"] = report.notes;
  if (!report.with_clock) return out;
  out["clock"] = Json::array();
  for (const CheckedClock& clock : report.clock) {
    out["clock"].push_back(Json{{"authority", clock.authority},
                                {"lo_s", clock.lo_s},
                                {"hi_s", clock.hi_s},
                                {"evidence", clock.evidence}});
  }
  return out;
}

void print_finding(const model::Finding& finding, std::ostream& out, bool colour,
                   const LineOf& line_of) {
  const auto line = [&](std::string_view label, std::string_view text) {
    if (text.empty()) return;
    out << "  " << paint(fmt::format("{:<8}", label), Colour::kDim, colour)
        << base::printable(text, kLineCharacters) << '\n';
  };
  const std::string severity =
      std::string(model::to_text(finding.severity)) + (finding.ignored ? " (ignored)" : "");
  out << paint(severity, colour_of(finding.severity), colour) << "  "
      << base::printable(finding.rule) << "  " << base::printable(subject_text(finding.subject))
      << '\n';
  line("what", finding.summary);
  if (finding.window) line("when", window_text(*finding.window));
  if (finding.status) {
    line(*finding.status == 0 ? "log" : "answer", answer_text(*finding.status, finding));
  }
  for (const model::Evidence& evidence : finding.evidence) {
    line("because", fmt::format("{}: {}{}", evidence.fact, evidence.value,
                                evidence.source.empty() ? "" : " (" + evidence.source + ")"));
  }
  if (finding.source) {
    line("at", fmt::format("{}:{}{}{}", finding.source->file, finding.source->line,
                           finding.source->key.empty() ? "" : " ", finding.source->key));
    if (line_of) line("", line_of(*finding.source));
  }
  line("remedy", finding.remedy);
}

void print_report(const CheckReport& report, std::ostream& out, bool colour,
                  const LineOf& line_of) {
  std::vector<const model::Finding*> findings;
  findings.reserve(report.findings.size());
  for (const model::Finding& finding : report.findings) findings.push_back(&finding);
  std::stable_sort(findings.begin(), findings.end(),
                   [](const model::Finding* a, const model::Finding* b) {
                     return std::pair(a->ignored, b->severity) < std::pair(b->ignored, a->severity);
                   });
  std::size_t accepted = 0;
  for (const model::Finding* finding : findings) {
    if (report.accepts(*finding)) {
      ++accepted;
      continue;
    }
    print_finding(*finding, out, colour, line_of);
    out << '\n';
  }
  if (accepted > 0) {
    out << counted(accepted, "finding", "findings") << " in the baseline not shown\n\n";
  }
  print_checked(report.checked, out, colour);
  if (!report.with_clock || report.clock.empty()) return;
  out << '\n';
  Table clocks({"CLOCK OF", "AHEAD OF OURS BY", "EVIDENCE"});
  for (const CheckedClock& clock : report.clock) {
    clocks.add({{clock.authority},
                {fmt::format("{:+.3f} .. {:+.3f} s", clock.lo_s, clock.hi_s)},
                {clock.evidence}});
  }
  clocks.print(out, colour);
}

ExitCode result(const CheckReport& report) {
  const bool found =
      std::any_of(report.findings.begin(), report.findings.end(),
                  [&report](const model::Finding& finding) { return report.fails(finding); });
  const bool undetermined = std::any_of(
      report.checked.begin(), report.checked.end(),
      [](const Checked& checked) { return checked.result == model::RefusalState::kUndetermined; });
  return worst(found ? kFound : kFine, undetermined ? kUndetermined : kFine);
}

}  // namespace idpwatch::cli
