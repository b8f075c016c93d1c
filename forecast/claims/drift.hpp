// A clock on its way: when an offset that changes steadily will be more than a validator tolerates.
// Pure.
#pragma once

#include "base/time.hpp"
#include "forecast/view.hpp"

#include <optional>
#include <string>

namespace idpwatch::forecast {

struct Drift {
  base::Duration limit{0};         // an offset just beyond what is tolerated, on that side
  base::Instant earliest, latest;  // when it is reached: over all that the bounds allow
  std::string text;                // "4 min 40 s (and 4 s more every day)"
};

// nullopt: it does not move for sure, not away from zero, or not within a year.
std::optional<Drift> drift_beyond(const ClockBounds& clock, base::Duration tolerance,
                                  base::Instant now);

// Nobody reads the microseconds of a minute.
base::Duration whole_seconds(base::Duration offset);

}  // namespace idpwatch::forecast
