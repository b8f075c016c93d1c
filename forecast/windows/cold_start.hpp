// When a process may be without anything to go by, at most: one that started in an outage, or whose
// cache came to its end in one, until it has surely asked again. The worst of all starts and of all
// that it draws to wait. Pure.
#pragma once

#include "forecast/claims/attribution.hpp"
#include "forecast/windows/cached_line.hpp"

#include <optional>
#include <vector>

namespace idpwatch::forecast {

struct ColdStart {
  Span span;  // at `now` or later
  FetchProblem problem;
  validators::Answer answer;  // to every request
};

// When a process that starts then has surely fetched something.
base::Instant filled_by(const DeploymentView& view, const CachedLine& line, base::Instant start);

// One for each thing that it can have met. `start`: null: any time before now.
std::vector<ColdStart> cold_start(const DeploymentView& view, const Claims& claims,
                                  const ObservedWorld& world, const CachedLine& line,
                                  std::optional<base::Instant> start, base::Instant now);

}  // namespace idpwatch::forecast
