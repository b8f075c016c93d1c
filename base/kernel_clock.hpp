// What the kernel knows about the local clock from whoever keeps it (an NTP client). Read only, and
// without privilege; where a sandbox forbids it, there is nothing to know.
//
// Source: adjtimex(2), and the facts on clocks, 3.2.
#pragma once

#include "base/time.hpp"

#include <optional>

namespace idpwatch::base {

struct KernelClock {
  bool synchronised = false;  // neither TIME_ERROR nor STA_UNSYNC
  Duration max_error{0};      // the kernel adds 500 us a second to what the client wrote
};

// nullopt: not to be had (EPERM in a sandbox). Safe from every thread.
std::optional<KernelClock> read_kernel_clock();

}  // namespace idpwatch::base
