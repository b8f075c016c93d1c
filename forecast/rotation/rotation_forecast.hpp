// What the next rotation will do to a validator, where the authority's habit is known: the same
// question as forecast_windows(), in a world in which the next key comes when it usually does.
//
// A guess at what an authority serves later is never certain, and told only for what no validator
// could survive under that habit: a long overlap gives no problem. Pure.
#pragma once

#include "forecast/problem.hpp"
#include "forecast/view.hpp"
#include "forecast/windows/schedules.hpp"

#include <string>
#include <vector>

namespace idpwatch::forecast {

// At most one for each rule; none beyond view.foresight.
std::vector<Problem> forecast_rotation(const DeploymentView& view, const Signing& signing,
                                       const validators::Addresses& addresses, base::Instant now);

}  // namespace idpwatch::forecast
