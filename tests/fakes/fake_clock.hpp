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

}  // namespace idpwatch::fakes
