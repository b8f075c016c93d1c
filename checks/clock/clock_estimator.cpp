#include "checks/clock/clock_estimator.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace idpwatch::checks {

namespace {

constexpr std::int64_t kSecond = 1'000'000;
// Corrected ages mix whole seconds of several clocks (RFC 9111 section 4.2.3; facts on clocks 2.4).
constexpr std::int64_t kAgeSlack = 3 * kSecond;
// An Age beyond this proves nothing more than that the answer is old.
constexpr std::int64_t kAgeMaxSeconds = std::int64_t{400} * 86'400;
// How many answers must advance after one that did not, until the Date is trusted again: a cache
// that is refreshed now and then advances in between.
constexpr int kSuspectFor = 3;

bool says_hit(const model::Fetch& fetch, std::string_view header) {
  const std::string* value = fetch.header(header);
  if (value == nullptr) return false;
  const std::string text = base::to_lower(*value);
  for (const std::string_view word : {"hit", "stale", "updating", "revalidated"}) {
    if (text.find(word) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

const model::Fetch* clock_source(const model::Observation& observation) {
  if (observation.discovery && observation.discovery->clock) return &*observation.discovery;
  const bool keys_alone = !observation.discovery && observation.jwks && observation.jwks->clock;
  return keys_alone ? &*observation.jwks : nullptr;
}

DateClass date_class(const model::Fetch& fetch) {
  if (fetch.clock && fetch.clock->age_s.value_or(0) > 0) return DateClass::kAged;
  for (const std::string_view header :
       {"cf-cache-status", "x-cache", "x-cache-status", "cache-status"}) {
    if (says_hit(fetch, header)) return DateClass::kSuspected;
  }
  return DateClass::kFresh;
}

std::string_view to_text(DateClass value) {
  switch (value) {
    case DateClass::kFresh:
      return "B";
    case DateClass::kAged:
      return "C";
    case DateClass::kSuspected:
      break;
  }
  return "D";
}

base::Duration ClockInterval::proven() const {
  if (lo.count() > 0) return lo;
  if (hi && hi->count() < 0) return *hi;
  return base::Duration(0);
}

std::optional<base::Duration> ClockInterval::width() const {
  if (!hi) return std::nullopt;
  return *hi - lo;
}

bool ClockEstimator::add(const model::Fetch& fetch) {
  return fetch.clock && add(*fetch.clock, date_class(fetch));
}

bool ClockEstimator::add(const model::ClockSample& sample, DateClass freshness) {
  std::optional<Reading> reading = read(sample, freshness);
  if (!reading) return false;
  if (reading->evidence == DateClass::kFresh) suspect(*reading);
  if (reading->evidence == DateClass::kSuspected) reading->hi_us.reset();
  if (soft_contradiction(*reading)) reading->hi_us.reset();
  if (contradicts(*reading)) {
    current_ = {};
    previous_ = {};
    ++restarts_;
  }
  keep(*reading);
  return true;
}

// Seemingly fresh answers whose Date stands still come from a cache that does not say so.
void ClockEstimator::suspect(Reading& reading) {
  if (!advances(reading)) {
    suspect_for_ = kSuspectFor;
  } else if (suspect_for_ > 0) {
    --suspect_for_;
  }
  last_ = reading;
  if (suspect_for_ > 0) reading.evidence = DateClass::kSuspected;
}

// Formulas (1) and (2) of the facts, in (server - boottime).
std::optional<ClockEstimator::Reading> ClockEstimator::read(const model::ClockSample& sample,
                                                            DateClass freshness) const {
  const base::Duration took = sample.received - sample.sent;
  const std::int64_t age_s = sample.age_s.value_or(0);
  if (took.count() < 0 || age_s < 0) return std::nullopt;
  Reading reading;
  reading.received_us = sample.boottime_received.count();
  reading.sent_us = reading.received_us - took.count();
  reading.date_us = base::to_unix_micros(sample.date);
  reading.evidence = freshness;
  const std::int64_t epsilon = options_.epsilon.count();
  reading.lo_us = reading.date_us - reading.received_us - epsilon;
  std::int64_t latest = reading.date_us + kSecond - reading.sent_us + epsilon;
  if (age_s > 0) {
    reading.evidence = std::max(freshness, DateClass::kAged);
    latest += std::min(age_s, kAgeMaxSeconds) * kSecond + kAgeSlack - kSecond;
    if (age_s > kAgeMaxSeconds) reading.evidence = DateClass::kSuspected;
  } else {
    // "Age: 0" may still be a second old.
    latest += options_.staleness.count() + (sample.age_s ? kSecond : 0);
  }
  reading.hi_us = latest;
  return reading;
}

// A fresh server's Date moves on as time does, short of its whole second and its staleness.
bool ClockEstimator::advances(const Reading& reading) const {
  if (!last_) return true;
  const std::int64_t moved = reading.date_us - last_->date_us;
  const std::int64_t passed = reading.sent_us - last_->received_us;
  return moved >= passed - drift(passed) - kSecond - options_.staleness.count();
}

std::int64_t ClockEstimator::drift(std::int64_t boottime_us) const {
  return boottime_us / kSecond * options_.drift_ppm +
         boottime_us % kSecond * options_.drift_ppm / kSecond;
}

// An upper bound that rests on a cache's Age gives way to a lower one, which rests on nothing else
// than causality.
bool ClockEstimator::soft_contradiction(const Reading& reading) const {
  const std::optional<Bound> lo = best_lo();
  return reading.evidence == DateClass::kAged && lo && reading.hi_us &&
         *reading.hi_us < lo->anchored_us - drift(reading.received_us);
}

bool ClockEstimator::contradicts(const Reading& reading) const {
  const std::int64_t widened = drift(reading.received_us);
  const std::optional<Bound> lo = best_lo();
  const std::optional<Bound> hi = best_hi();
  return (hi && reading.lo_us > hi->anchored_us + widened) ||
         (lo && reading.hi_us && *reading.hi_us < lo->anchored_us - widened);
}

void ClockEstimator::keep(const Reading& reading) {
  if (current_.samples >= options_.generation) {
    previous_ = current_;
    current_ = {};
  }
  ++current_.samples;
  const std::int64_t widened = drift(reading.received_us);
  // The lower bound holds for every class; its evidence is that of a fresh answer.
  const Bound lo{.anchored_us = reading.lo_us + widened, .evidence = DateClass::kFresh};
  if (!current_.lo || lo.anchored_us > current_.lo->anchored_us) current_.lo = lo;
  if (!reading.hi_us) return;
  const Bound hi{.anchored_us = *reading.hi_us - widened, .evidence = reading.evidence};
  if (!current_.hi || hi.anchored_us < current_.hi->anchored_us) current_.hi = hi;
}

std::optional<ClockEstimator::Bound> ClockEstimator::best_lo() const {
  if (!current_.lo || !previous_.lo) return current_.lo ? current_.lo : previous_.lo;
  return current_.lo->anchored_us > previous_.lo->anchored_us ? current_.lo : previous_.lo;
}

std::optional<ClockEstimator::Bound> ClockEstimator::best_hi() const {
  if (!current_.hi || !previous_.hi) return current_.hi ? current_.hi : previous_.hi;
  return current_.hi->anchored_us < previous_.hi->anchored_us ? current_.hi : previous_.hi;
}

std::optional<ClockInterval> ClockEstimator::at(base::Instant wall, base::Duration boottime) const {
  const std::optional<Bound> lo = best_lo();
  if (!lo) return std::nullopt;
  const std::optional<Bound> hi = best_hi();
  const std::int64_t wall_minus_boottime = base::to_unix_micros(wall) - boottime.count();
  const std::int64_t widened = drift(boottime.count());
  ClockInterval out;
  out.lo = base::Duration(lo->anchored_us - widened - wall_minus_boottime);
  if (hi) out.hi = base::Duration(hi->anchored_us + widened - wall_minus_boottime);
  out.evidence = hi ? hi->evidence : DateClass::kSuspected;
  out.samples = current_.samples + previous_.samples;
  return out;
}

}  // namespace idpwatch::checks
