#include "forecast/claims/lifetime_claims.hpp"

#include "checks/canary/canary_facts.hpp"

#include <utility>

namespace idpwatch::forecast {

namespace {

using base::Duration;
using base::Instant;
using validators::Answer;

Problem made(const Answer& answer, const DeploymentView& view, Instant now) {
  Problem problem;
  problem.rule = "refusal-lifetime";
  problem.status = answer.status;
  problem.error = answer.logged();
  problem.detail = answer.detail;
  problem.message = answer.message;
  problem.because = answer.because;
  problem.origin = view.settings.clock_skew.origin();
  problem.window.earliest = now;
  return problem;
}

}  // namespace

std::optional<Problem> lifetime_problem(const DeploymentView& view, AskedService& service,
                                        const AcceptedToken& token, Instant now) {
  const auto& shown = view.tokens.shown;
  const auto lifetime = shown ? shown->lifetime() : std::nullopt;
  if (!lifetime) return std::nullopt;
  Duration starts_after{0};
  if (shown->not_before && shown->issued_at) starts_after = *shown->not_before - *shown->issued_at;
  const auto ask = [&](Duration age) {
    const Instant issued = now - age;
    return service.ask(token.claims, token.signer, {issued + starts_after, issued + *lifetime},
                       true);
  };
  // Postdated: a caller that sends it at once is refused.
  const Answer at_once = ask(Duration(0));
  if (at_once.cause == validators::Cause::kLifetime && !at_once.accepted()) {
    Problem problem = made(at_once, view, now);
    problem.certainty = model::Certainty::kCertain;
    problem.window.latest = problem.likely_by = now;
    problem.brought = base::describe_duration(starts_after);
    return problem;
  }
  const auto& needed = view.tokens.needed;
  if (!needed || *needed <= *lifetime) return std::nullopt;
  const Answer later = ask(*needed);
  if (later.accepted() || later.cause != validators::Cause::kLifetime) return std::nullopt;
  // Callers that fetch the next one in time are not hurt.
  Problem problem = made(later, view, now);
  problem.certainty = model::Certainty::kPossible;
  problem.brought = base::describe_duration(*lifetime);
  problem.accepts = base::describe_duration(*needed);
  return problem;
}

}  // namespace idpwatch::forecast
