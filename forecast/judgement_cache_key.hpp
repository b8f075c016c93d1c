// What a judgement depends on, as text: equal texts, equal answers. So that a turn of the loop asks
// once for many deployments that are alike. Pure.
#pragma once

#include "forecast/view.hpp"
#include "forecast/windows/schedules.hpp"

#include <string>

namespace idpwatch::forecast {

// All but the deployment's name.
std::string judgement_cache_key(const DeploymentView& view, base::Instant now);
// What forecast_windows() depends on: whom the tokens are for does not matter to keys and caches.
std::string question_ahead_of(const DeploymentView& view, const Signing& signing,
                              base::Instant now);

}  // namespace idpwatch::forecast
