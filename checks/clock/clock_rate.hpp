// How fast the offset between an authority's clock and the local one changes, as bounds that hold
// for every line through the intervals of the last day (facts on clocks, section 4.2).
//
// Fed with (authority - boottime), so that steps of the wall clock cost nothing. What no line fits
// (a step, a paused machine) starts anew. Pure, one thread at a time; at most kSamplesMax samples.
#pragma once

#include "base/time.hpp"

#include <optional>
#include <vector>

namespace idpwatch::checks {

// Seconds of offset per second: positive = the local clock falls further behind.
struct RateBounds {
  double lo = 0, hi = 0;

  // It moves, whichever line is the true one.
  [[nodiscard]] bool proven() const { return lo > 0 || hi < 0; }
};

class ClockRate {
 public:
  static constexpr std::size_t kSamplesMax = 48;
  static constexpr base::Duration kSpacing = base::minutes(30);

  // Bounds of (authority - boottime) at that boottime. Those between the spacings are let go.
  void add(base::Duration boottime, base::Duration lo, base::Duration hi);
  // nullopt: too little is known.
  [[nodiscard]] const std::optional<RateBounds>& bounds() const { return bounds_; }

 private:
  struct Sample {
    base::Duration at, lo, hi;
  };
  [[nodiscard]] std::optional<RateBounds> fit() const;

  std::vector<Sample> samples_;
  std::optional<RateBounds> bounds_;
};

}  // namespace idpwatch::checks
