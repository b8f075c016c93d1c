// How a service goes to its provider, as its variables tell: proxies, what goes past them, and the
// certificates it trusts beside or instead of the system's. Pure.
#pragma once

#include "deployed/core/deployed_environment.hpp"

#include <string>
#include <utility>
#include <vector>

namespace idpwatch::discover {

struct Route {
  // Name and value as they stand, passwords taken out; in the order of the variables. Empty:
  // nothing was told, and the service goes as this host does.
  std::vector<std::pair<std::string, std::string>> variables;
  bool same_place = false;  // a process of this very host: its network and file system are ours
};

[[nodiscard]] Route route_of(const deployed::Environment& environment, bool same_place);

}  // namespace idpwatch::discover
