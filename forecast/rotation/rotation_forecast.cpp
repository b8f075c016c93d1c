#include "forecast/rotation/rotation_forecast.hpp"

#include "forecast/rotation/next_rotation.hpp"
#include "forecast/rotation/projected_history.hpp"
#include "forecast/windows/refusal_windows.hpp"
#include "forecast/windows/slightness.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace idpwatch::forecast {

namespace {

using base::Duration;
using base::Instant;
using model::Certainty;

// Tokens of the former key that end within the tolerance of clocks, and a round number.
constexpr Duration kMargin = base::minutes(10);

// A chance at the very end of the life of tokens is not worth a word so long before.
constexpr Duration kLastMoment = base::seconds(10);

// Far enough ahead to be nobody's concern yet. A short cadence is told half of it ahead, so that
// there is a time in between in which all is well.
bool too_far(const DeploymentView& view, const NextRotation& next, Instant now) {
  if (!view.foresight) return false;
  return next.earliest > now + std::min(*view.foresight, next.cadence / 2);
}

// From the overlap on that leaves time for caches to learn the next key and for the former one's
// tokens to end.
Duration survived_from(const DeploymentView& view) {
  return view.validator->cache().lasts.most + view.tokens.lifetime + kMargin;
}

Schedule schedule_of(const ProjectedHistory& world, const Signing& signing, Instant published,
                     Duration signs_after) {
  const Lifetime ever{base::from_unix_seconds(0), base::from_unix_seconds(1LL << 34)};
  const auto token = [&](const model::Jwk& key) {
    return synthetic_token(signing.claims, signer_of(key, signing.algorithm), ever);
  };
  return {{Instant::min(), world.former.thumbprint, token(world.former)},
          {published + signs_after, world.next.thumbprint, token(world.next)}};
}

// What runs when the next key is published at that instant.
std::vector<Problem> at_instant(const DeploymentView& view, const Signing& signing,
                                const validators::Addresses& addresses, const NextRotation& next,
                                Instant published) {
  const auto world = projected_history(*view.authority, addresses, next, published);
  if (!world) return {};
  const auto& unusable = signing.unusable;
  if (std::find(unusable.begin(), unusable.end(), world->former.thumbprint) != unusable.end()) {
    return {};
  }
  AuthorityFacts facts = *view.authority;
  facts.history = &world->history;
  DeploymentView then = view;
  then.authority = &facts;
  // Where the habit is known, the rest of what it leaves open lies between the two ends.
  const Duration signs_after = next.signs_after(view.tokens.lifetime);
  const Schedule schedule = schedule_of(*world, signing, published, signs_after);
  std::vector<Problem> problems =
      look_at(then, signing, addresses, schedule, published, world->changes.back());
  for (Problem& problem : problems) {
    if (world->others_stay) problem.certainty = Certainty::kPossible;
    if (problem.key == world->next.thumbprint) problem.kid.clear();
  }
  return problems;
}

// One window for a rotation at any time between the two.
void widen(Problem& problem, const Problem& last) {
  problem.certainty = std::min(problem.certainty, last.certainty);
  if (problem.window.until && last.window.until) {
    problem.window.until = std::max(*problem.window.until, *last.window.until);
  } else {
    problem.window.until.reset();
  }
  if (problem.window.longest_s && last.window.longest_s) {
    problem.window.longest_s = std::max(*problem.window.longest_s, *last.window.longest_s);
  } else {
    problem.window.longest_s.reset();
  }
  problem.likely_by = last.likely_by;
}

void tell(Problem& problem, const std::shared_ptr<const NextRotation>& next, bool steady) {
  problem.foreseen = next;
  problem.window.latest.reset();
  if (problem.certainty == Certainty::kCertain) problem.certainty = Certainty::kLikely;
  if (!steady) problem.certainty = Certainty::kPossible;
  if (problem.certainty == Certainty::kPossible) problem.likely_by.reset();
}

std::vector<Problem> foresee_cached(const DeploymentView& view, const Signing& signing,
                                    const validators::Addresses& addresses,
                                    const std::shared_ptr<const NextRotation>& next) {
  if (next->overlap >= survived_from(view)) return {};
  const bool steady = !next->overdue && next->longest_overlap < survived_from(view);
  std::vector<Problem> first = at_instant(view, signing, addresses, *next, next->earliest);
  const std::vector<Problem> last = at_instant(view, signing, addresses, *next, next->latest);
  for (const Problem& late : last) {
    const auto same = std::find_if(first.begin(), first.end(),
                                   [&](const Problem& one) { return one.rule == late.rule; });
    if (same != first.end()) {
      widen(*same, late);
    } else {
      first.push_back(late);
      first.back().certainty = Certainty::kPossible;
    }
  }
  std::erase_if(first, [](const Problem& one) {
    return one.certainty == Certainty::kPossible && one.window.longest_s &&
           base::seconds(*one.window.longest_s) <= kLastMoment;
  });
  for (Problem& problem : first) {
    tell(problem, next, steady);
    problem.slight = is_brief(problem);
  }
  return first;
}

// Keys written into the settings: the next one is not among them, and nothing fetches it.
std::vector<Problem> foresee_pinned(const DeploymentView& view, const Signing& signing,
                                    const validators::Addresses& addresses,
                                    const std::shared_ptr<const NextRotation>& next) {
  const auto world = projected_history(*view.authority, addresses, *next, next->earliest);
  if (!world) return {};
  const ObservedWorld served(world->history, addresses, When::kLate);
  const Schedule schedule = schedule_of(*world, signing, next->earliest, Duration(0));
  validators::Simulation service(view.validator);
  const Instant at = next->earliest;
  const validators::Answer answer =
      service.request(served, {at, at, validators::Credentials::synthetic(schedule.back().token)});
  if (answer.accepted()) return {};
  Problem problem;
  problem.rule = "refusal-pinned-key";
  problem.window.earliest = at;
  problem.likely_by = next->latest + next->overlap;
  problem.status = answer.status;
  problem.error = answer.logged();
  problem.message = answer.message;
  problem.because = answer.because;
  problem.origin = view.settings.pinned_keys.origin();
  if (world->others_stay) problem.certainty = Certainty::kPossible;
  tell(problem, next, !next->overdue);
  return {std::move(problem)};
}

}  // namespace

std::vector<Problem> forecast_rotation(const DeploymentView& view, const Signing& signing,
                                       const validators::Addresses& addresses, Instant now) {
  auto next = next_rotation(*view.authority, now);
  if (!next || too_far(view, *next, now)) return {};
  const auto shared = std::make_shared<const NextRotation>(std::move(*next));
  return !view.validator->fetches() ? foresee_pinned(view, signing, addresses, shared)
                                    : foresee_cached(view, signing, addresses, shared);
}

}  // namespace idpwatch::forecast
