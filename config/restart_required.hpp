// Settings that a reload cannot change: what the process was started with stays in force, and the
// log says so instead of "reloaded" alone. Pure.
#pragma once

#include "config/config.hpp"

#include <string>
#include <vector>

namespace idpwatch::config {

// One line each: "listen takes effect at the next start; until then 127.0.0.1:7517 holds".
std::vector<std::string> restart_required(const Config& started_with, const Config& next);
// `next` as it is in force until then.
Config until_restart(const Config& started_with, Config next);

}  // namespace idpwatch::config
