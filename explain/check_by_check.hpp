// One deployed validator and one token: what it answers and logs, every check in the order in which
// it makes them, what would fail next, and what to do. Pure.
#pragma once

#include "explain/explanation.hpp"
#include "explain/known_authority.hpp"
#include "model/validator_settings.hpp"
#include "validators/core/simulation.hpp"

#include <memory>
#include <optional>
#include <string>

namespace idpwatch::explain {

struct ExplainedValidator {
  std::string deployment;  // its name
  const model::ValidatorSettings& settings;
  std::shared_ptr<const validators::Validator> validator;
  const KnownAuthority* authority = nullptr;  // null: it has none that is known
  std::optional<KeyElsewhere> elsewhere;      // of the token's kid
};

// Of the token in `explanation`, which has all but results.
ValidatorExplanation explain_validator(const ExplainedValidator& asked,
                                       const Explanation& explanation);

// Without any deployment: by the authority's keys and document alone.
ValidatorExplanation explain_by_authority(const KnownAuthority& authority,
                                          const std::optional<KeyElsewhere>& elsewhere,
                                          const Explanation& explanation);

// What a service makes of the header as it was pasted; empty: no more than of the token alone.
// Its error goes into `warnings` as one sentence.
std::string effect_of_surroundings(const ExplainedValidator& asked, const Explanation& explanation);

}  // namespace idpwatch::explain
