#include "forecast/claims/clock_claims.hpp"

#include "forecast/claims/drift.hpp"

#include <utility>

namespace idpwatch::forecast {

namespace {

using base::Duration;
using base::Instant;
using model::Certainty;
using validators::Answer;

class ClockQuestion {
 public:
  ClockQuestion(const DeploymentView& view, AskedService& service, const AcceptedToken& token,
                const KeySetVersion* published, Instant now)
      : view_(view), service_(service), token_(token), published_(published), now_(now) {}

  std::optional<Problem> run() {
    if (!view_.clock) return std::nullopt;
    // The near end of the interval: what is proven.
    const ClockBounds& clock = *view_.clock;
    Duration offset{0};
    if (clock.lo > offset) offset = clock.lo;
    if (clock.hi && *clock.hi < Duration(0)) offset = *clock.hi;
    if (offset != Duration(0)) {
      if (const auto answer = refused_at(offset)) return now_off(offset, *answer);
    }
    const auto drift = drift_beyond(clock, view_.validator->clock_skew(), now_);
    return drift ? on_its_way(*drift) : std::nullopt;
  }

 private:
  // What it does to tokens of any age; nullopt: all are accepted.
  std::optional<Answer> refused_at(Duration offset) {
    const Duration lifetime = view_.tokens.lifetime;
    for (const Duration age : {Duration(0), lifetime - base::seconds(1)}) {
      const Instant issued = now_ - age + offset;
      Answer answer = service_.ask(token_.claims, token_.signer, {issued, issued + lifetime}, true);
      if (!answer.accepted()) return answer;
    }
    return std::nullopt;
  }

  std::optional<Problem> now_off(Duration offset, const Answer& answer) {
    Problem problem = made(offset, answer, base::describe_duration(whole_seconds(abs(offset))));
    problem.window.earliest = now_;
    if (problem.certainty == Certainty::kCertain) problem.window.latest = now_;
    if (problem.certainty != Certainty::kPossible) problem.likely_by = now_;
    return problem;
  }

  // The first offset on that side which is not accepted any more.
  std::optional<Problem> on_its_way(const Drift& drift) {
    if (view_.foresight && drift.earliest > now_ + *view_.foresight) return std::nullopt;
    const auto answer = refused_at(drift.limit);
    if (!answer) return std::nullopt;
    Problem problem = made(drift.limit, *answer, drift.text);
    problem.certainty = std::min(problem.certainty, Certainty::kLikely);
    problem.window.earliest = drift.earliest;
    if (problem.certainty != Certainty::kPossible) problem.likely_by = drift.latest;
    return problem;
  }

  Problem made(Duration offset, const Answer& answer, std::string apart) {
    Problem problem;
    problem.rule = "refusal-clock";
    problem.authority_ahead = offset > Duration(0);
    problem.without_not_before = problem.authority_ahead && omits_not_before(offset);
    problem.certainty = problem.without_not_before ? Certainty::kPossible : Certainty::kCertain;
    problem.status = answer.status;
    problem.error = answer.logged();
    problem.detail = answer.detail;
    problem.message = answer.message;
    problem.because = answer.because;
    problem.brought = std::move(apart);
    problem.accepts = base::describe_duration(view_.validator->clock_skew());
    problem.origin = view_.settings.clock_skew.origin();
    return problem;
  }

  // Such an authority's tokens usually have no nbf, and without it they are accepted.
  bool omits_not_before(Duration offset) {
    if (view_.tokens.not_before || published_ == nullptr || !published_->omits_not_before) {
      return false;
    }
    Claims without = token_.claims;
    without.not_before = false;
    const Instant issued = now_ + offset;
    return service_.ask(without, token_.signer, {issued, issued + view_.tokens.lifetime}, false)
        .accepted();
  }

  const DeploymentView& view_;
  AskedService& service_;
  const AcceptedToken& token_;
  const KeySetVersion* published_;
  Instant now_;
};

}  // namespace

std::optional<Problem> clock_problem(const DeploymentView& view, AskedService& service,
                                     const AcceptedToken& token, const KeySetVersion* published,
                                     Instant now) {
  return ClockQuestion(view, service, token, published, now).run();
}

}  // namespace idpwatch::forecast
