// The canary token with which the protected API of a deployment is called, and what the
// deployment's validator answers to it by its forecast.
#pragma once

#include "net/scheduler.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace idpwatch::watch {

struct EndpointToken {
  std::string token;  // a secret: goes into the request, and nowhere else
  std::vector<std::string> audiences;
  std::string tenant;
  std::optional<int> forecast_status;  // nullopt: undetermined
  std::string forecast_error;
};

// Of that deployment, now. nullopt: there is none at the moment.
using EndpointTokens =
    std::function<std::optional<EndpointToken>(const std::string& deployment, const net::Now& now)>;

}  // namespace idpwatch::watch
