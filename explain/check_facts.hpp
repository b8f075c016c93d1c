// What stands on the two sides of each check, and the words for a difference. Pure.
#pragma once

#include "explain/check_by_check.hpp"
#include "explain/explanation.hpp"
#include "explain/known_authority.hpp"

#include <string>
#include <vector>

namespace idpwatch::explain {

// `"orders"`, `["orders", "account"]`; "(none)".
std::string quoted_values(const std::vector<std::string>& values);

// Fills in token, config, source, and, where it is refused, the difference.
void describe_check(CheckLine& line, const ExplainedValidator& asked,
                    const Explanation& explanation, const SignatureFact& signature);

// What a set with the keys in `signature` says of the token, as a clause.
std::string signature_text(const SignatureFact& signature, const checks::TokenForm& form);

// The audiences that the deployed settings accept, as far as they name any.
std::vector<std::string> accepted_audiences(const model::ValidatorSettings& settings);
// The issuers, with the document's where it counts.
std::vector<std::string> accepted_issuers(const ExplainedValidator& asked);

}  // namespace idpwatch::explain
