// What needs more than one field, or the rest of the configuration, to be judged: unique names,
// receivers that routes name, pairs that belong together. Pure.
#pragma once

#include "config/table_reader.hpp"

namespace idpwatch::config {

void check_config(const Config& config, const Places& places, const ConfigWorld& world,
                  ConfigProblems& problems, ConfigProblems& warnings);

}  // namespace idpwatch::config
