#include "watch/self_findings.hpp"

#include "base/text.hpp"

#include <string_view>
#include <utility>

namespace idpwatch::watch {

namespace {

model::Finding finding_of(std::string_view rule, const std::string& instance, base::Instant now) {
  model::Finding finding;
  finding.rule = rule;
  finding.severity = model::Severity::kWarning;
  finding.subject.host = instance;
  finding.vantage = instance;
  finding.first_seen = finding.last_seen = now;
  return finding;
}

}  // namespace

model::CheckResult reload_result(const std::string& instance, const std::optional<std::string>& why,
                                 base::Instant now) {
  model::Finding finding = finding_of("self-reload", instance, now);
  if (!why) return model::CheckResult::good(finding.rule, finding.subject);
  finding.summary =
      "idpwatch on " + instance +
      " was asked to reload but rejected the new configuration; the old one stays in effect";
  finding.evidence = {{"problem", base::printable(*why, 500), "configuration"}};
  finding.remedy = "Run `idpwatch config check`, fix what it names, and reload again.";
  return model::CheckResult::bad(std::move(finding));
}

}  // namespace idpwatch::watch
