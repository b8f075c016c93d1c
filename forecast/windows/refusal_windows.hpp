// The windows over the unknown: when at the outside by argument (outer_bounds), how surely and how
// long by simulating a fixed number of processes. Pure.
//
// A process that has run for long is one whose cache was last filled at any time in the interval
// between two refreshes, so that "started at any time" and "filled at any time" are one question.
#pragma once

#include "forecast/problem.hpp"
#include "forecast/view.hpp"
#include "forecast/windows/scenario.hpp"
#include "forecast/windows/schedules.hpp"

#include <string>
#include <vector>

namespace idpwatch::forecast {

struct RefusalWindows {
  // At most one for each rule and condition.
  std::vector<Problem> running, restarted;
  bool cut = false;  // more changed than was tried
};

RefusalWindows forecast_windows(const DeploymentView& view, const Signing& signing,
                                const validators::Addresses& addresses, base::Instant now);

// Of what runs at `now`, when the authority signs by this very schedule: refusals from `since` on.
std::vector<Problem> look_at(const DeploymentView& view, const Signing& signing,
                             const validators::Addresses& addresses, const Schedule& schedule,
                             base::Instant since, base::Instant now);

// Whether it matters when exactly the process started: not, when its cache was surely filled anew
// between that and the first change that is looked at.
bool remembers_start(const DeploymentView& view, base::Instant now);

// Nothing that is served changed within what this validator could remember.
bool is_steady(const DeploymentView& view, base::Instant now);

}  // namespace idpwatch::forecast
