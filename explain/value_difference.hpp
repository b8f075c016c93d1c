// Where a token's value differs from what is deployed, for a person who looks at both: what
// forecast's difference() knows, and what no eye sees. Pure.
#pragma once

#include <string>
#include <vector>

namespace idpwatch::explain {

// A clause; empty: they have little in common. The nearest of `accepted` counts.
std::string value_difference(const std::string& brought, const std::vector<std::string>& accepted);

}  // namespace idpwatch::explain
