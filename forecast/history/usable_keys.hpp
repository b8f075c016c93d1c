// Which keys of the past signed tokens that this service took: a key of a kind that its library
// cannot verify is missed by nobody when it goes. Asked of the simulation, of a service that holds
// the very set with the key. Pure.
#pragma once

#include "forecast/view.hpp"
#include "forecast/windows/cached_line.hpp"
#include "forecast/windows/schedules.hpp"

namespace idpwatch::forecast {

// `signing` with those that left among the unusable ones.
Signing with_past_keys(const DeploymentView& view, Signing signing, const ObservedWorld& world,
                       const CachedLine& line, base::Instant now);

}  // namespace idpwatch::forecast
