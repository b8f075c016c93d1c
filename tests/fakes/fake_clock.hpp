// A clock that stands still until the test moves it.
#pragma once

#include "base/clock.hpp"

namespace idpwatch::fakes {

class FakeClock final : public base::Clock {
 public:
  explicit FakeClock(base::Instant wall = base::from_unix_seconds(1'772'323'200))  // 2026-03-01
      : wall_(wall) {}

  [[nodiscard]] base::Instant wall() const override { return wall_; }
  [[nodiscard]] base::Duration boottime() const override { return boottime_; }

  void advance(base::Duration by) {
    wall_ += by;
    boottime_ += by;
  }
  // The wall clock is set; boot time does not know.
  void step_wall(base::Duration by) { wall_ += by; }

 private:
  base::Instant wall_;
  base::Duration boottime_ = base::hours(1);
};

// The same time, for those whose work takes some: each reading lets it pass.
class WorkingClock final : public base::Clock {
 public:
  explicit WorkingClock(FakeClock& clock) : clock_(clock) {}

  [[nodiscard]] base::Instant wall() const override { return clock_.wall(); }
  [[nodiscard]] base::Duration boottime() const override {
    clock_.advance(cost);
    return clock_.boottime();
  }

  base::Duration cost{0};

 private:
  FakeClock& clock_;
};

}  // namespace idpwatch::fakes
