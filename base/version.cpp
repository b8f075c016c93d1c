#include "base/version.hpp"

namespace idpwatch::base {

std::string_view version() { return IDPWATCH_VERSION; }

}  // namespace idpwatch::base
