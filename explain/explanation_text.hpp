// An explanation as text for a terminal: nothing of the token's signature, all outside text made
// printable. Pure.
#pragma once

#include "explain/explanation.hpp"

#include <string>

namespace idpwatch::explain {

// `all`: every check, also those that are fine or were not reached.
std::string explanation_text(const Explanation& explanation, bool all);

}  // namespace idpwatch::explain
