#include "watch/unreadable_deployment.hpp"

#include "base/text.hpp"

#include <utility>

namespace idpwatch::watch {

namespace {

constexpr std::size_t kProblemsShown = 5;
constexpr std::size_t kTextMax = 500;

std::string summary_of(const Unreadable& what) {
  std::string text = "The files of deployment " + base::printable(what.deployment) + " ";
  text += what.waited
              ? "have not been read for " + base::describe_duration(*what.waited) +
                    ": the disk or mount they are on does not respond"
              : "cannot be read: " + base::printable(what.problems.front().message, kTextMax);
  return text + (what.judged_as_before ? "; it is still judged by what was read before"
                                       : "; it is not judged");
}

std::string remedy_of(const Unreadable& what) {
  if (what.waited) return "Check the disk, or the mount and its server. idpwatch keeps trying.";
  const std::string& hint = what.problems.front().hint;
  return "Fix the file or the deployment's `files`" + (hint.empty() ? "" : " (" + hint + ")") +
         ". idpwatch reads it again within 10 seconds.";
}

}  // namespace

model::CheckResult unreadable_result(const Unreadable& what, base::Instant now) {
  model::Subject subject;
  subject.deployment = what.deployment;
  if (what.problems.empty() && !what.waited) {
    return model::CheckResult::good(kUnreadableRule, std::move(subject));
  }
  model::Finding finding;
  finding.rule = kUnreadableRule;
  finding.severity = model::Severity::kWarning;
  finding.subject = std::move(subject);
  finding.vantage = what.instance;
  finding.first_seen = finding.last_seen = now;
  finding.summary = summary_of(what);
  finding.remedy = remedy_of(what);
  for (const base::Error& problem : what.problems) {
    if (finding.evidence.size() == kProblemsShown) break;
    finding.evidence.push_back({"problem", base::printable(problem.text(), kTextMax), "file"});
  }
  return model::CheckResult::bad(std::move(finding));
}

}  // namespace idpwatch::watch
