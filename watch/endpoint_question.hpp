// What is asked of the protected API of a deployment, and what its challenge may name: our
// configuration's `endpoint:` beside what the deployed files say. Pure.
#pragma once

#include "checks/endpoint/endpoint_report.hpp"
#include "config/config.hpp"
#include "watch/watched_validator.hpp"

#include <vector>

namespace idpwatch::watch {

checks::EndpointQuestion endpoint_question(const config::Endpoint& endpoint,
                                           const std::vector<const WatchedValidator*>& validators);

}  // namespace idpwatch::watch
