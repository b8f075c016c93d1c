// Which settings of a deployment differ between two readings of its files: what the event
// deployment.changed names. Pure.
#pragma once

#include "watch/deployments.hpp"

#include <string>
#include <vector>

namespace idpwatch::watch {

// "orders-api#Bearer authority", sorted; the version and whether a validator is there at all count
// as well. Values stay out: they may be long, and the finding shows those that matter.
std::vector<std::string> changed_settings(const std::vector<WatchedValidator>& before,
                                          const std::vector<WatchedValidator>& after);

}  // namespace idpwatch::watch
