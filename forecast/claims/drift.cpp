#include "forecast/claims/drift.hpp"

#include <algorithm>
#include <cmath>

namespace idpwatch::forecast {

namespace {

using base::Duration;
using base::Instant;

constexpr double kYear = 365.0 * 86'400;
constexpr double kDay = 86'400;
// Times in tokens are whole seconds.
constexpr Duration kGrain = base::seconds(2);

double seconds_of(Duration duration) { return std::chrono::duration<double>(duration).count(); }

// From an offset to the limit at that rate; all of it is of one sign.
double seconds_to(double limit, double offset, double rate) {
  return std::max(0.0, (limit - offset) / rate);
}

Instant after(Instant now, double seconds) {
  return now + base::seconds(static_cast<std::int64_t>(std::min(seconds, kYear)));
}

}  // namespace

std::optional<Drift> drift_beyond(const ClockBounds& clock, Duration tolerance, Instant now) {
  if (!clock.rate || !clock.rate->proven() || !clock.hi) return std::nullopt;
  // Seen from the side to which it moves.
  const bool behind = clock.rate->lo > 0;
  const double near = seconds_of(behind ? clock.lo : -*clock.hi);
  const double far = seconds_of(behind ? *clock.hi : -clock.lo);
  const double slow = behind ? clock.rate->lo : -clock.rate->hi;
  const double fast = behind ? clock.rate->hi : -clock.rate->lo;
  const double limit = seconds_of(tolerance);
  const double latest = seconds_to(limit + seconds_of(kGrain), near, slow);
  if (latest > kYear) return std::nullopt;
  Drift drift;
  drift.limit = behind ? tolerance + kGrain : -(tolerance + kGrain);
  drift.earliest = after(now, std::floor(seconds_to(limit, far, fast)));
  drift.latest = after(now, std::ceil(latest));
  const double middle = std::max(0.0, (near + far) / 2);
  const auto text = [](double seconds) {
    return base::describe_duration(base::milliseconds(std::llround(seconds * 1000)));
  };
  drift.text = text(middle) + " (and " + text((slow + fast) / 2 * kDay) + " more every day)";
  return drift;
}

base::Duration whole_seconds(base::Duration offset) {
  return offset < base::seconds(10) ? std::chrono::round<base::milliseconds>(offset)
                                    : std::chrono::round<base::seconds>(offset);
}

}  // namespace idpwatch::forecast
