#include "forecast/windows/cache_residency.hpp"

#include "forecast/windows/window_aggregator.hpp"

#include <algorithm>

namespace idpwatch::forecast {

namespace {

using base::Duration;
using base::Instant;

constexpr Duration kUnit{1};

// Which states' tokens force a cache to fetch is looked for among so many before it, behind it and
// at the end of the line: none found, and it is held for longer.
constexpr std::size_t kNeighbours = 64;

class Holder {
 public:
  Holder(const DeploymentView& view, const CachedLine& line, const StateKinds& kinds, bool forces,
         std::optional<Instant> start, Instant now)
      : view_(view), line_(line), kinds_(kinds), forces_(forces), start_(start), now_(now) {
    for (std::size_t i = 0; i < line_.sure.size(); ++i) {
      const Span& span = line_.sure[i];
      if (is_within(span, after(span.from, retry()))) long_.push_back(i);
    }
  }

  [[nodiscard]] std::optional<Span> held(std::size_t i) const {
    const CachedState& state = line_.states[i];
    if (!state.fetched) return std::nullopt;
    Span fetched = *state.fetched;
    if (start_ && *start_ >= fetched.to) return std::nullopt;
    if (start_) fetched.from = std::max(fetched.from, *start_);
    const bool counted = start_ && *start_ > Instant::min() && !forces_;
    if (counted && !keep_automatic(fetched)) return std::nullopt;
    const bool last = i + 1 == line_.states.size();
    return Span{fetched.from, last ? Instant::max() : replaced_by(i, fetched.to)};
  }

 private:
  [[nodiscard]] const validators::Range& lasts() const { return view_.validator->cache().lasts; }
  // Between two fetches for unknown keys; after one that failed.
  [[nodiscard]] Duration gap() const { return view_.validator->cache().throttle.gap; }
  [[nodiscard]] Duration retry() const { return view_.validator->cache().retry.most; }

  // Where nothing forces a refresh, and all of them worked, they lie at known intervals. False:
  // none can have fetched it.
  bool keep_automatic(Span& fetched) const {
    const bool all_work = !line_.sure.empty() && line_.sure.back().from <= *start_ &&
                          line_.sure.back().to == Instant::max();
    if (!all_work) return true;
    const Duration least = std::max(lasts().least, kNextRequest);
    const Duration most = longer(lasts().most, kNextRequest);
    if (most == validators::kForEver) {
      // Filled once, by the first request.
      fetched.to = std::min(fetched.to, *start_);
      return fetched.from <= *start_;
    }
    const Instant end = std::min(fetched.to, after(now_, memory_of(view_)));
    if (*start_ >= end) return false;
    // The one of that number lies between `number` times the least and the most wait.
    const auto first = fetched.from <= *start_ ? 0 : (fetched.from - *start_ + most - kUnit) / most;
    const auto last = (end - *start_ - kUnit) / least;
    if (first > last) return false;
    fetched.from = std::max(fetched.from, *start_ + first * least);
    fetched.to = std::min(fetched.to, after(*start_, last * most));
    return true;
  }

  // The last instant at which a cache that was filled with it no later than that still holds it.
  [[nodiscard]] Instant replaced_by(std::size_t i, Instant filled) const {
    const Duration used = longer(lasts().most, view_.validator->cache().stale_for);
    const Instant by_itself =
        std::min(fetches_by(after(filled, lasts().most), filled), after(filled, used));
    // A service that never could take a token may well be asked by nobody: what it cached of a set
    // without a usable key is there until its next request, which is refused once more.
    if (!forces_ || !kinds_.can_issue(kinds_.of(i))) return by_itself;
    const std::size_t count = line_.states.size();
    // Former tokens force as well, as long as they are valid.
    for (std::size_t j = i; j > 0 && i - j < kNeighbours; --j) {
      if (const auto forced = forced_by(i, j - 1, filled)) return std::min(by_itself, *forced);
    }
    const std::size_t near = std::min(count, i + 1 + kNeighbours);
    for (std::size_t j = i + 1; j < near; ++j) {
      if (const auto forced = forced_by(i, j, filled)) return std::min(by_itself, *forced);
    }
    for (std::size_t j = std::max(near, count - std::min(count, kNeighbours)); j < count; ++j) {
      if (const auto forced = forced_by(i, j, filled)) return std::min(by_itself, *forced);
    }
    return by_itself;
  }

  // When tokens of that state have surely made it fetch; null: not surely.
  [[nodiscard]] std::optional<Instant> forced_by(std::size_t i, std::size_t then,
                                                 Instant filled) const {
    const CachedState& state = line_.states[then];
    const Instant tries = after(std::max(state.late, filled), gap());
    const Instant valid = after(state.early_end, view_.tokens.lifetime);
    if (tries > valid || !kinds_.forces_surely(kinds_.of(i), kinds_.of(then))) return std::nullopt;
    const Instant forced = fetches_by(tries, filled);
    // It is asked for while such tokens are valid.
    return forced <= valid ? std::optional(forced) : std::nullopt;
  }

  // A request right after that instant is still within it.
  static bool is_within(const Span& span, Instant at) {
    return span.to == Instant::max() || after(at, kNextRequest) < span.to;
  }

  // When one that tries no later than `tries`, and again and again if that fails, has surely
  // fetched.
  [[nodiscard]] Instant fetches_by(Instant tries, Instant filled) const {
    const auto& sure = line_.sure;
    const auto first = std::partition_point(
        sure.begin(), sure.end(), [&](const Span& span) { return !is_within(span, tries); });
    if (first == sure.end()) return Instant::max();
    const Instant found =
        first->from <= filled ? tries : std::max(tries, after(first->from, retry()));
    if (is_within(*first, found)) return found;
    const auto number = static_cast<std::size_t>(first - sure.begin());
    const auto later = std::upper_bound(long_.begin(), long_.end(), number);
    return later == long_.end() ? Instant::max()
                                : std::max(tries, after(sure[*later].from, retry()));
  }

  const DeploymentView& view_;
  const CachedLine& line_;
  const StateKinds& kinds_;
  bool forces_;
  std::optional<Instant> start_;
  Instant now_;
  std::vector<std::size_t> long_;  // of `sure`: those in which a second try surely works
};

}  // namespace

CacheResidency cache_residency(const DeploymentView& view, const CachedLine& line,
                               const StateKinds& kinds, bool forces, std::optional<Instant> start,
                               Instant now) {
  const Holder holder(view, line, kinds, forces, start, now);
  CacheResidency held;
  held.reserve(line.states.size());
  for (std::size_t i = 0; i < line.states.size(); ++i) held.push_back(holder.held(i));
  return held;
}

}  // namespace idpwatch::forecast
