// Why a service refuses: the second half of a finding's summary, with both values where two differ.
// Pure.
#pragma once

#include "base/time.hpp"
#include "forecast/problem.hpp"
#include "forecast/view.hpp"

#include <string>

namespace idpwatch::forecast {

std::string cause_text(const Problem& problem, const DeploymentView& view, base::Instant now);

}  // namespace idpwatch::forecast
