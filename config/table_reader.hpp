// A tree of files -> Config, row by row of the table; unknown keys, missing ones, and everything
// that LeafReader finds are problems. What needs more than one field is checked in checks.hpp.
#pragma once

#include "config/leaf.hpp"

#include <map>
#include <string>

namespace idpwatch::config {

// Where what was read stands: by key ("authorities[0]", "authorities[0].name").
using Places = std::map<std::string, Place, std::less<>>;

Places read_tree(const Node& root, LeafReader& leaves, Config& config, ConfigProblems& problems);

}  // namespace idpwatch::config
