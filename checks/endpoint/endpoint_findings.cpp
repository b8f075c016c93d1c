#include "checks/endpoint/endpoint_findings.hpp"

#include "base/text.hpp"
#include "base/url.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace idpwatch::checks {
namespace {

using model::CheckResult;
using model::Finding;
using model::Severity;

constexpr std::array<std::string_view, 7> kRules{
    "endpoint-unreachable", "endpoint-redirect",     "endpoint-challenge", "endpoint-cors",
    "endpoint-token-lost",  "refusal-contradiction", "refusal-audience"};
constexpr std::string_view kForecastToo = "refusal-audience";
constexpr std::size_t kShown = 300;

bool fails(const EndpointCheck& check) {
  return !check.rule.empty() &&
         (check.outcome == EndpointOutcome::kRefused || check.outcome == EndpointOutcome::kWarning);
}

// A contradiction says that idpwatch and the API disagree, not which of them is right.
Severity severity_of(const EndpointCheck& check) {
  const bool refused = check.outcome == EndpointOutcome::kRefused;
  return refused && check.rule != "refusal-contradiction" ? Severity::kError : Severity::kWarning;
}

std::string shown(const std::string& text) { return base::printable(text, kShown); }

// The fields of an answer that a verdict rests on.
std::string answer_text(const GivenAnswer& answer) {
  if (answer.status == 0) return "no answer: " + shown(answer.failure);
  std::string text = std::to_string(answer.status);
  for (const auto& [name, value] : answer.headers) {
    const std::string lower = base::to_lower(name);
    const bool tells =
        lower == "www-authenticate" || lower == "location" || lower.starts_with("access-control-");
    if (tells && text.size() < 4 * kShown) {
      text += "; " + base::printable(name, 60) + ": " +
              shown(lower == "location" ? base::redact_url(value) : value);
    }
  }
  return text;
}

void add_hop(const std::vector<Hop>& hops, const char* fact, Finding& finding) {
  if (hops.empty()) return;
  const Hop& last = hops.back();
  finding.evidence.push_back(
      {fact, answer_text(last.answer),
       last.request.method + " " + shown(base::redact_url(last.request.url))});
}

void add_evidence(const EndpointCheck& check, const Exchange& exchange, Finding& finding) {
  if (!check.expected.empty()) finding.evidence.push_back({"expected", check.expected, ""});
  if (check.name == EndpointCheckName::kCors) {
    add_hop(exchange.preflight, "answer to the preflight", finding);
    add_hop(exchange.plain, "answer without a token", finding);
    if (!check.browser_says.empty()) {
      finding.evidence.push_back({"browser console", check.browser_says, ""});
    }
    return;
  }
  if (check.name == EndpointCheckName::kRedirects || check.rule == "endpoint-redirect") {
    for (const Hop& hop : exchange.plain) {
      finding.evidence.push_back(
          {"hop", answer_text(hop.answer),
           hop.request.method + " " + shown(base::redact_url(hop.request.url))});
    }
    return;
  }
  add_hop(exchange.plain, "answer without a token", finding);
  for (const Hop& hop : exchange.resource_metadata) {
    if (check.name != EndpointCheckName::kChallenge) break;
    finding.evidence.push_back(
        {"resource metadata", answer_text(hop.answer), shown(base::redact_url(hop.request.url))});
  }
  if (check.name == EndpointCheckName::kArrival || check.name == EndpointCheckName::kAnswer) {
    add_hop(exchange.with_token, "answer with the token", finding);
  }
}

Finding finding_of(const EndpointCheck& check, const Exchange& exchange,
                   const EndpointSubject& subject) {
  Finding finding;
  finding.rule = check.rule;
  finding.severity = severity_of(check);
  finding.subject.deployment = subject.deployment;
  finding.summary = subject.deployment + ": " + check.found;
  finding.remedy = check.remedy;
  finding.source = subject.source;
  finding.vantage = subject.vantage;
  finding.first_seen = finding.last_seen = subject.now;
  if (!exchange.with_token.empty() && check.name == EndpointCheckName::kAnswer) {
    const int status = exchange.with_token.back().answer.status;
    finding.status = status;
    // An API that accepts more than was forecast refuses nobody.
    finding.certainty = status == 401 ? model::Certainty::kLikely : model::Certainty::kPossible;
  }
  add_evidence(check, exchange, finding);
  return CheckResult::bad(std::move(finding)).finding;
}

class Results {
 public:
  Results(const EndpointReport& report, const Exchange& exchange, const AskedOfEndpoint& asked)
      : report_(report), exchange_(exchange), asked_(asked) {}

  // Of a rule that nothing opened.
  [[nodiscard]] bool passes(std::string_view rule) const {
    if (rule == "endpoint-unreachable" || rule == "endpoint-redirect") return answered();
    if (rule == "endpoint-challenge") return is_ok(EndpointCheckName::kChallenge);
    if (rule == "endpoint-cors") return !asked_.cors || is_ok(EndpointCheckName::kCors);
    if (!asked_.token && !asked_.token_missing) return true;
    if (rule == "endpoint-token-lost") return is_ok(EndpointCheckName::kArrival);
    return is_ok(EndpointCheckName::kAnswer) || refused_as_forecast();
  }

 private:
  [[nodiscard]] const EndpointCheck* find(EndpointCheckName name) const {
    const auto found = std::find_if(report_.checks.begin(), report_.checks.end(),
                                    [&](const auto& check) { return check.name == name; });
    return found == report_.checks.end() ? nullptr : &*found;
  }
  [[nodiscard]] bool is_ok(EndpointCheckName name) const {
    const EndpointCheck* check = find(name);
    return check != nullptr && check->outcome == EndpointOutcome::kOk;
  }
  [[nodiscard]] bool refused_as_forecast() const {
    const EndpointCheck* check = find(EndpointCheckName::kAnswer);
    return check != nullptr && check->outcome == EndpointOutcome::kRefused && check->rule.empty();
  }
  [[nodiscard]] bool answered() const {
    return !exchange_.plain.empty() && exchange_.plain.back().answer.status != 0;
  }

  const EndpointReport& report_;
  const Exchange& exchange_;
  const AskedOfEndpoint& asked_;
};

}  // namespace

bool is_endpoint_rule(std::string_view rule) {
  return rule != kForecastToo && std::find(kRules.begin(), kRules.end(), rule) != kRules.end();
}

std::vector<Finding> endpoint_findings(const EndpointReport& report, const Exchange& exchange,
                                       const EndpointSubject& subject) {
  std::vector<Finding> findings;
  for (const EndpointCheck& check : report.checks) {
    if (fails(check)) findings.push_back(finding_of(check, exchange, subject));
  }
  return findings;
}

std::vector<CheckResult> endpoint_results(const EndpointReport& report, const Exchange& exchange,
                                          const EndpointSubject& subject,
                                          const AskedOfEndpoint& asked) {
  std::vector<Finding> findings = endpoint_findings(report, exchange, subject);
  const Results results(report, exchange, asked);
  std::vector<CheckResult> out;
  for (const std::string_view rule : kRules) {
    if (asked.forecast && rule == kForecastToo) continue;
    const auto opened = std::find_if(findings.begin(), findings.end(),
                                     [&](const Finding& finding) { return finding.rule == rule; });
    if (opened != findings.end()) {
      out.push_back(CheckResult::bad(std::move(*opened)));
      continue;
    }
    model::Subject about;
    about.deployment = subject.deployment;
    out.push_back(results.passes(rule) ? CheckResult::good(rule, std::move(about))
                                       : CheckResult::unknown(rule, std::move(about)));
  }
  return out;
}

}  // namespace idpwatch::checks
