// Timers and the time of a turn: all that the daemon's logic needs of a loop, so that a replay can
// drive it on a virtual clock (tests/fakes/fake_scheduler.hpp).
//
// Single-threaded: called from the loop's thread only.
#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <functional>

namespace idpwatch::net {

// Read once when a turn of the loop begins, and the same for all that happens in it.
struct Now {
  base::Instant wall;
  base::Duration boottime{0};
};

using TimerId = std::uint64_t;  // 0 is never given out

class Scheduler {
 public:
  using Task = std::function<void(const Now&)>;

  virtual ~Scheduler() = default;
  // Calls `task` once, at or after that boot time, never from within at(). Tasks of one instant run
  // in the order in which they were given.
  virtual TimerId at(base::Duration boottime, Task task) = 0;
  // Afterwards the task is not called. An id that has fired or is unknown is ignored.
  virtual void cancel(TimerId id) = 0;
  [[nodiscard]] virtual Now now() const = 0;

  // At the next turn.
  TimerId soon(Task task) { return at(now().boottime, std::move(task)); }
};

}  // namespace idpwatch::net
