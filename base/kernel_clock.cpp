#include "base/kernel_clock.hpp"

#include <sys/timex.h>

namespace idpwatch::base {

std::optional<KernelClock> read_kernel_clock() {
  timex state{};
  state.modes = 0;  // changes nothing
  const int what = ::adjtimex(&state);
  if (what < 0) return std::nullopt;
  return KernelClock{what != TIME_ERROR && (state.status & STA_UNSYNC) == 0,
                     Duration(state.maxerror)};
}

}  // namespace idpwatch::base
