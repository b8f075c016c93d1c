// The version of this build.
#pragma once

#include <string_view>

namespace idpwatch::base {

std::string_view version();  // "0.1.0"

}  // namespace idpwatch::base
