// What a configuration asks for and this version does not do: said at start and at each reload, so
// that nobody relies on it.
#pragma once

#include "config/config.hpp"

#include <string>
#include <vector>

namespace idpwatch::config {

// One line each: "deployments[orders-api].canary is accepted, but has no effect in this version".
std::vector<std::string> unimplemented_settings(const Config& config);

}  // namespace idpwatch::config
