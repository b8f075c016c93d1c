// Which rule a refusal belongs to: by the family of the validator's own error, and, where it could
// not fetch, by what the world answered to it. Decides nothing: the simulation already refused.
#pragma once

#include "base/time.hpp"
#include "model/validator_settings.hpp"
#include "validators/simulation.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace idpwatch::forecast {

enum class Family { kKeys, kIssuer, kAudience, kLifetime, kHttps, kOther };

Family family_of(std::string_view error);

// The setting of an interval that is below its minimum; unknown for any other error.
model::Origin interval_origin(const model::ValidatorSettings& settings, std::string_view error);

// Whether the service's way to the authority is in question; or that, or what it is handed there.
bool is_reaching(std::string_view rule);
bool is_fetching(std::string_view rule);

// Why fetching fails: the rule, the address, and what it answered, for people.
struct FetchProblem {
  std::string rule;  // "refusal-slow"
  std::string url;
  std::string answer;
};

// Of a key set that is well-formed, and yet nothing in it can verify a token.
inline constexpr std::string_view kNoKeys = "a key set without keys";
inline constexpr std::string_view kNoUsableKey = "a key set without a key that can sign";

// The rule for a validator that has no configuration at `at`.
FetchProblem fetch_problem(const std::shared_ptr<const validators::Validator>& validator,
                           const validators::World& world, base::Instant at, bool requires_https);

}  // namespace idpwatch::forecast
