// Snapshot -> Prometheus text format 0.0.4 : base units, timestamps instead of ages, no
// label of unbounded number. Pure.
#pragma once

#include "watch/snapshot.hpp"

#include <string>

namespace idpwatch::daemon {

// Series of each authority are left out above so many of them, and likewise of each validator,
// unless they are asked for (`metrics.every_authority`): 8 gauges each are 6 KiB in the scraper's
// memory as well as in ours.
inline constexpr std::size_t kSeriesMax = 2000;

std::string metrics_text(const watch::Snapshot& snapshot);

}  // namespace idpwatch::daemon
