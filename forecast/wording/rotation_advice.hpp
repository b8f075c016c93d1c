// What to do about keys that come and go: whether and when to restart, what ends it otherwise, and
// what keeps it from happening again. One advice, with a time. Pure.
#pragma once

#include "base/time.hpp"
#include "forecast/problem.hpp"
#include "forecast/view.hpp"

#include <string>

namespace idpwatch::forecast {

std::string rotation_advice(const Problem& problem, const DeploymentView& view, base::Instant now);
std::string withdrawal_advice(const Problem& problem, const DeploymentView& view,
                              base::Instant now);

// "Do not restart it before T: until then a restarted instance answers ..."; empty: a restart is
// well.
std::string restart_warning(const Problem& problem, base::Instant now);

}  // namespace idpwatch::forecast
