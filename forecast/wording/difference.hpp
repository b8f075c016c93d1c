// Where two values differ that look alike: a slash at the end, the scheme, the host. Pure.
#pragma once

#include <string>

namespace idpwatch::forecast {

// "they differ in the host", "only the first ends in a slash"; empty: they have little in common.
// `accepted`: one value, or several with ", " between them, of which the nearest counts.
std::string difference(const std::string& brought, const std::string& accepted);

}  // namespace idpwatch::forecast
