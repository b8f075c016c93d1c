// Which rule a refusal belongs to: by the family of the validator's own error, and, where it could
// not fetch, by what the world answered to it. Decides nothing: the simulation already refused.
#pragma once

#include "base/time.hpp"
#include "validators/simulation.hpp"

#include <string>
#include <string_view>

namespace idpwatch::forecast {

enum class Family { kKeys, kIssuer, kAudience, kLifetime, kHttps, kOther };

Family family_of(std::string_view error);

// Why fetching fails: the rule, the address, and what it answered, for people.
struct FetchProblem {
  std::string rule;  // "refusal-slow"
  std::string url;
  std::string answer;
};

// The rule for a validator that has no configuration at `at`.
FetchProblem fetch_problem(const validators::Validator& validator, const validators::World& world,
                           base::Instant at, bool requires_https);

}  // namespace idpwatch::forecast
