// Sees that the local wall clock was set: (wall - boottime) is constant however NTP slews, and a
// step changes it by exactly its size (facts on clocks, section 4.1).
//
// Fed once per turn of the loop with both readings of one instant. Small steps add up: what is
// compared is the last reported state. Pure, one thread at a time.
#pragma once

#include "base/time.hpp"
#include "model/event.hpp"
#include "model/rules.hpp"

#include <optional>
#include <string>

namespace idpwatch::checks {

class ClockStepDetector {
 public:
  explicit ClockStepDetector(base::Duration threshold = base::milliseconds(500))
      : threshold_(threshold) {}

  // The size of a step since the last turn (positive: set forward), if there was one.
  std::optional<base::Duration> turn(base::Instant wall, base::Duration boottime);

 private:
  base::Duration threshold_;
  std::optional<base::Duration> wall_minus_boottime_;
};

// clock.step; `new_value` is {"step_us": N}.
model::Event clock_step_event(base::Duration step, base::Instant now);
// The finding `clock-stepped` of that event.
model::CheckResult judge_clock_step(base::Duration step, const std::string& instance,
                                    base::Instant now);

}  // namespace idpwatch::checks
