#include "tests/corpus/tally.hpp"

#include <algorithm>

namespace idpwatch::corpus {

namespace {

bool is_grave(const model::Finding& finding) { return finding.severity >= model::Severity::kError; }
bool is_warning(const model::Finding& finding) {
  return finding.severity == model::Severity::kWarning;
}

std::set<std::string> warnings_of(const JudgedDay& day) {
  std::set<std::string> rules;
  for (const model::Finding& finding : day.findings) {
    if (is_warning(finding)) rules.insert(finding.rule);
  }
  return rules;
}

}  // namespace

std::string_view to_text(Truth truth) {
  switch (truth) {
    case Truth::kWorks:
      return "works";
    case Truth::kCannotStart:
      return "cannot start";
    case Truth::kRefuses:
      return "refuses";
    case Truth::kUnknown:
      return "unknown";
  }
  return "";
}

std::string kind_of(const model::Finding& finding) {
  std::string kind = std::string(model::to_text(finding.severity)) + "\t" + finding.rule;
  if (finding.certainty) kind += "\t" + std::string(model::to_text(*finding.certainty));
  if (finding.condition) kind += "\t" + std::string(model::to_text(*finding.condition));
  return kind;
}

void Tally::add(const std::string& service, const std::vector<JudgedDay>& judged) {
  std::set<std::string> before;
  for (std::size_t i = 0; i < judged.size(); ++i) {
    const auto until = i + 1 == judged.size() ? judged[i].at : judged[i + 1].at;
    const auto stands = std::chrono::round<std::chrono::days>(until - judged[i].at).count();
    add_day(service, judged[i], std::max(1, static_cast<int>(stands)));
    const std::set<std::string> warned = warnings_of(judged[i]);
    for (const std::string& rule : warned) {
      if (judged[i].truth == Truth::kWorks && !before.contains(rule)) ++warnings_new;
    }
    before = warned;
  }
}

void Tally::add_day(const std::string& service, const JudgedDay& day, int stands) {
  const bool works = day.truth == Truth::kWorks;
  const bool refuses = day.truth == Truth::kRefuses;
  days += stands;
  if (works) working_days += stands;
  if (refuses) refusing_days += stands;
  if (day.truth == Truth::kUnknown) unknown_days += stands;
  if (!refuses && std::any_of(day.findings.begin(), day.findings.end(), is_grave)) {
    grave_days += stands;
  }
  if (works && std::any_of(day.findings.begin(), day.findings.end(), is_warning)) {
    warned_days += stands;
  }
  const bool in_trouble = refuses || day.truth == Truth::kCannotStart;
  if (in_trouble && day.findings.empty() && !day.undetermined) silent_days += stands;
  for (const model::Finding& finding : day.findings) {
    Kind& kind = kinds_.at(day.truth)[kind_of(finding)];
    kind.days += stands;
    kind.services.insert(service);
  }
}

}  // namespace idpwatch::corpus
