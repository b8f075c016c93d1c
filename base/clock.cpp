#include "base/clock.hpp"

#include <ctime>

namespace idpwatch::base {

namespace {
Duration read(clockid_t id) {
  timespec ts{};
  ::clock_gettime(id, &ts);
  return std::chrono::seconds(ts.tv_sec) +
         std::chrono::duration_cast<Duration>(std::chrono::nanoseconds(ts.tv_nsec));
}
}  // namespace

Instant SystemClock::wall() const { return Instant(read(CLOCK_REALTIME)); }

Duration SystemClock::boottime() const { return read(CLOCK_BOOTTIME); }

Duration monotonic_now() { return read(CLOCK_MONOTONIC); }

}  // namespace idpwatch::base
