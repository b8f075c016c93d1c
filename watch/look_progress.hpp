// Whether looks are made as they were planned: what a supervisor (systemd's watchdog) is told that
// we live by. A loop that turns, and looks at nothing any more, is as good as one that hangs.
// Pure.
#pragma once

#include "base/time.hpp"

#include <optional>

namespace idpwatch::watch {

struct PlannedLook {
  base::Duration planned{0};            // boot time of the next one
  std::optional<base::Duration> begun;  // boot time; nullopt: none is under way
  base::Duration timeout{0};            // of one request
  int redirects = 0;                    // followed at most, each a request
};

// Neither is the next look long overdue, nor has the one under way taken longer than all of its
// timeouts together.
[[nodiscard]] bool progresses(const PlannedLook& look, base::Duration boottime);

}  // namespace idpwatch::watch
