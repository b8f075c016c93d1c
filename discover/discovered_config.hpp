// What was found, written as a configuration: one commented entry each, in YAML that `config check`
// takes as it stands. Outside text is made harmless: a comment is one line, a value is quoted.
// Pure.
#pragma once

#include "discover/found.hpp"

#include <string>

namespace idpwatch::discover {

[[nodiscard]] std::string discovered_config(const Discovery& discovery);

// A scalar of YAML that our configuration reads back as this very text (${ is no variable).
[[nodiscard]] std::string yaml_scalar(const std::string& text);

}  // namespace idpwatch::discover
