// Until when a cache can hold which state: until the automatic refresh, or the one that refused
// tokens force, must have replaced it. The worst of all fillings, jitters and forced refreshes.
// Pure.
#pragma once

#include "forecast/windows/cached_line.hpp"
#include "forecast/windows/state_kinds.hpp"

#include <optional>
#include <vector>

namespace idpwatch::forecast {

// Of every state of the line: from the first instant at which a cache may hold it to the last.
using CacheResidency = std::vector<std::optional<Span>>;

// `start` of the process; null: any time before now; min(): before all that is looked at.
CacheResidency cache_residency(const DeploymentView& view, const CachedLine& line,
                               const StateKinds& kinds, bool forces,
                               std::optional<base::Instant> start, base::Instant now);

}  // namespace idpwatch::forecast
