#include "forecast/windows/cold_start.hpp"

#include "forecast/history/frozen_world.hpp"

#include <algorithm>

namespace idpwatch::forecast {

namespace {

using base::Duration;
using base::Instant;
using validators::Answer;

constexpr double kAllJitter = 0.999999;
constexpr int kFailuresMax = 16;  // waits that double have come to their end by then

class Outage {
 public:
  Outage(const DeploymentView& view, const Claims& claims, const ObservedWorld& world, Instant at)
      : view_(view),
        still_(world, at),
        at_(at),
        token_(synthetic_token(claims, stranger_to(*view.validator), {at, at + base::hours(1)})) {}

  [[nodiscard]] Answer answer() const {
    validators::Simulation service(view_.validator);
    return ask(service, at_);
  }

  // How long it may wait before it asks again.
  [[nodiscard]] Duration longest_wait() const {
    validators::Simulation service(view_.validator, {kAllJitter, kAllJitter});
    Duration longest{0};
    Instant at = at_;
    for (int i = 0; i < kFailuresMax; ++i) {
      ask(service, at);
      const Instant due = service.refresh_due_at();
      if (due <= at || due == Instant::max()) break;
      longest = std::max(longest, due - at);
      at = due;
    }
    return longest;
  }

 private:
  Answer ask(validators::Simulation& service, Instant at) const {
    return service.request(still_, {at, at, validators::Credentials::synthetic(token_)}, true);
  }

  const DeploymentView& view_;
  FrozenWorld still_;
  Instant at_;
  std::shared_ptr<const validators::TokenView> token_;
};

}  // namespace

Instant filled_by(const DeploymentView& view, const CachedLine& line, Instant start) {
  for (const Span& span : line.sure) {
    if (span.to <= start) continue;
    if (span.from <= start) return start;
    // It may have failed right before, and waits.
    const Instant asks = after(span.from, view.validator->cache().retry.most);
    if (asks < span.to) return asks;
  }
  return Instant::max();
}

std::vector<ColdStart> cold_start(const DeploymentView& view, const Claims& claims,
                                  const ObservedWorld& world, const CachedLine& line,
                                  std::optional<Instant> start, Instant now) {
  std::vector<ColdStart> found;
  // What keeps a set that is too old while it cannot fetch is never without one again.
  const validators::CachePolicy& cache = view.validator->cache();
  const bool keeps = cache.stale_for == validators::kForEver;
  const Instant filled = start && keeps ? filled_by(view, line, *start) : Instant::max();
  FetchProblems problems(view.validator, world);
  for (const Piece& piece : line.pieces) {
    if (piece.works || after(piece.late_end, cache.retry.most) <= now) continue;
    const Outage outage(view, claims, world, piece.seen);
    Span span{piece.early, after(piece.late_end, outage.longest_wait())};
    span.to = std::min(span.to, filled);
    if (span.to <= std::max(span.from, now) || (start && *start >= piece.late_end)) continue;
    FetchProblem problem = problems.at(piece.seen);
    if (problem.invented && is_fetching(problem.rule)) continue;
    found.push_back({span, std::move(problem), outage.answer()});
  }
  return found;
}

}  // namespace idpwatch::forecast
