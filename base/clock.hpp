// The only way to read a clock. Wall time is what people and tokens mean and may jump; boot time
// only moves forward, also through suspend, and is what intervals are measured with.
//
// One `now` is taken per turn of the loop and handed down as an argument; nothing below the loop
// holds a Clock. Fakes: tests/fakes/fake_clock.hpp.
#pragma once

#include "base/time.hpp"

namespace idpwatch::base {

class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Instant wall() const = 0;       // CLOCK_REALTIME
  [[nodiscard]] virtual Duration boottime() const = 0;  // CLOCK_BOOTTIME
};

// Safe from every thread.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] Instant wall() const override;
  [[nodiscard]] Duration boottime() const override;
};

// CLOCK_MONOTONIC, which systemd's readiness protocol asks for and nothing else here uses.
Duration monotonic_now();

}  // namespace idpwatch::base
