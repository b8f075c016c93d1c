#include "checks/reachability/redirects.hpp"

#include "base/text.hpp"
#include "checks/check_texts.hpp"
#include "checks/reachability/outcome.hpp"

namespace idpwatch::checks {

namespace {

struct RedirectRule {
  std::string_view id;
  Outcome outcome;
  std::string_view what;  // after "shop cannot be used: "; then which documents
  std::string_view remedy;
};

constexpr RedirectRule kLoop = {
    "redirect-loop", Outcome::kRedirectLoop, "redirects without end at",
    "Follow it with `curl -sIL --max-redirs 10 URL`: usually a proxy that adds or strips a slash, "
    "or switches http and https, against the provider behind it."};
constexpr RedirectRule kDowngrade = {
    "redirect-downgrade", Outcome::kRedirectDowngrade, "redirects from https to http at",
    "Have the redirect point to https: over http anybody on the way can put in keys of their own, "
    "and many libraries refuse to follow. Usually a TLS-ending proxy that does not tell the "
    "provider (X-Forwarded-Proto)."};

std::string path_taken(const model::Fetch& fetch) {
  constexpr std::size_t kShown = 6;
  std::string out = shown_url(fetch.url);
  for (std::size_t i = 0; i < fetch.redirects.size() && i < kShown; ++i) {
    out += " -> " + shown_url(fetch.redirects[i]);
  }
  if (fetch.redirects.size() > kShown) {
    out += " -> ... (" + std::to_string(fetch.redirects.size()) + " in all)";
  }
  return out;
}

// Any answer, an error status too, shows that this redirect is gone. Where we stopped following,
// nothing is known.
bool clean(const Part& part) {
  if (part.failure != nullptr && part.failure->detail == model::FailureDetail::kTooManyRedirects) {
    return false;
  }
  return part.outcome == Outcome::kNotAsked || part.outcome == Outcome::kAnswered ||
         (part.outcome == Outcome::kSilent && part.fetch->status != 0);
}

model::CheckResult check(const RedirectRule& rule, const AuthorityView& view,
                         const std::array<Part, 2>& both, base::Instant now) {
  if (both[0].outcome != rule.outcome && both[1].outcome != rule.outcome) {
    return clean(both[0]) && clean(both[1]) ? model::CheckResult::good(rule.id, about(view))
                                            : model::CheckResult::unknown(rule.id, about(view));
  }
  model::Finding finding = begin_finding(view, rule.id, model::Severity::kError, now);
  std::string which;
  for (const Part& part : both) {
    if (part.outcome != rule.outcome) continue;
    which += (which.empty() ? "its " : " and its ") + std::string(part.name);
    add_evidence(finding, "redirects", path_taken(*part.fetch), part.fetch->url);
    if (const model::Failure& failure = *part.failure; !failure.message.empty()) {
      add_evidence(finding, "error", base::printable(failure.message), part.fetch->url);
    }
  }
  finding.summary = shown_name(view) + " cannot be used: " + std::string(rule.what) + " " + which;
  finding.remedy = rule.remedy;
  return model::CheckResult::bad(std::move(finding));
}

}  // namespace

std::vector<model::CheckResult> check_redirects(const AuthorityView& view, base::Instant now) {
  const std::array<Part, 2> both = parts(view);
  std::vector<model::CheckResult> out;
  out.reserve(2);
  for (const RedirectRule& rule : {kLoop, kDowngrade}) {
    out.push_back(check(rule, view, both, now));
  }
  return out;
}

}  // namespace idpwatch::checks
