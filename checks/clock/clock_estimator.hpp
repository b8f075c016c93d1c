// The clock offset of one authority, as an interval that holds the truth: every response with a
// Date yields one, and their intersection shrinks (facts on clocks, sections 2.1-2.4).
//
// offset = authority's clock minus local clock (NTP sign): positive = the local clock is behind.
// What is kept is (server - boottime), so that a step of the wall clock costs nothing; older bounds
// widen by `drift_ppm`. Two bounds rest on different things: the lower one ("local is behind by at
// least") holds for any response, since caches only make a server look late; the upper one needs a
// fresh Date.
//
// An answer that contradicts what is known starts the estimate anew: the server's clock, or a
// paused machine, moved. Constant memory: two generations of extremes, no list of samples.
// Pure, one thread at a time.
#pragma once

#include "base/time.hpp"
#include "model/observation.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace idpwatch::checks {

struct ClockOptions {
  // How old the Date of an unknown server may be: a Kestrel heartbeat refreshes it every second,
  // callbacks come on top (facts on clocks, 2.2).
  base::Duration staleness = base::milliseconds(1100);
  // Clock reading, and dispersion between the backends of one name.
  base::Duration epsilon = base::milliseconds(10);
  std::int64_t drift_ppm = 100;
  int generation = 64;  // samples; an estimate rests on the last 64 to 128 of them
};

// How fresh the Date of an answer is: the classes A to D of the facts (2.4), without the two that
// ask for knowledge of the server (A) or a token (T).
enum class DateClass {
  kFresh,      // B: no sign of a cache
  kAged,       // C: Age says how old it is, in whole seconds, by the clock of the cache
  kSuspected,  // D: from a cache without Age, or not advancing: no upper bound
};

DateClass date_class(const model::Fetch& fetch);

// The answer to read of an observation: the discovery document's. The key set's only where there is
// no discovery: key sets are what caches hold, and may come from another host with another clock.
// Null: no Date to read.
const model::Fetch* clock_source(const model::Observation& observation);

struct ClockInterval {
  base::Duration lo{0};
  std::optional<base::Duration> hi;            // nullopt: nothing fresh was seen
  DateClass evidence = DateClass::kSuspected;  // the weaker of the two bounds
  int samples = 0;

  // The near end of the interval: what is proven. Positive: behind; zero: nothing is.
  [[nodiscard]] base::Duration proven() const;
  [[nodiscard]] std::optional<base::Duration> width() const;
};

class ClockEstimator {
 public:
  explicit ClockEstimator(ClockOptions options = {}) : options_(options) {}

  // False: unusable (no Date, an Age that is no number, a clock that ran backwards in between).
  bool add(const model::Fetch& fetch);
  bool add(const model::ClockSample& sample, DateClass freshness);

  // For these two readings of one instant. nullopt: no sample yet.
  [[nodiscard]] std::optional<ClockInterval> at(base::Instant wall, base::Duration boottime) const;

  [[nodiscard]] int restarts() const { return restarts_; }

 private:
  // (server - boottime) at boottime 0 in a world that drifts no faster than drift_ppm: a bound
  // found at boottime x is valid later by x's distance, so one number is all that is kept.
  struct Bound {
    std::int64_t anchored_us = 0;
    DateClass evidence = DateClass::kFresh;
  };
  struct Generation {
    std::optional<Bound> lo, hi;
    int samples = 0;
  };
  struct Reading {
    std::int64_t lo_us = 0;
    std::optional<std::int64_t> hi_us;
    std::int64_t sent_us = 0, received_us = 0;  // boottime
    std::int64_t date_us = 0;
    DateClass evidence = DateClass::kFresh;
  };

  [[nodiscard]] std::optional<Reading> read(const model::ClockSample& sample,
                                            DateClass freshness) const;
  void suspect(Reading& reading);
  [[nodiscard]] bool advances(const Reading& reading) const;
  [[nodiscard]] bool soft_contradiction(const Reading& reading) const;
  [[nodiscard]] bool contradicts(const Reading& reading) const;
  [[nodiscard]] std::int64_t drift(std::int64_t boottime_us) const;
  [[nodiscard]] std::optional<Bound> best_lo() const;
  [[nodiscard]] std::optional<Bound> best_hi() const;
  void keep(const Reading& reading);

  ClockOptions options_;
  Generation current_, previous_;
  std::optional<Reading> last_;  // that claimed to be fresh
  int suspect_for_ = 0;          // further advancing answers until the Date is trusted again
  int restarts_ = 0;
};

std::string_view to_text(DateClass value);  // "B", "C", "D"

}  // namespace idpwatch::checks
