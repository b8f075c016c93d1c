// Puts the outer bounds round what was found by trying: windows grow, and what cannot be excluded
// is told, though none of the scenarios that were tried leads to it. Pure.
#pragma once

#include "forecast/problem.hpp"
#include "forecast/windows/worst_case_windows.hpp"

#include <vector>

namespace idpwatch::forecast {

void widen(std::vector<Problem>& problems, std::vector<Bound> bounds, model::Condition condition);

}  // namespace idpwatch::forecast
