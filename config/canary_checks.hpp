// What contradicts itself in a canary. Pure.
#pragma once

#include "model/canary.hpp"

#include <string>
#include <vector>

namespace idpwatch::config {

struct CanaryProblem {
  std::string field;  // below the canary; empty: the canary itself
  std::string message, hint;
};

std::vector<CanaryProblem> canary_problems(const model::CanarySpec& canary);

}  // namespace idpwatch::config
