// What to do about a token that is refused, and what to know of one that is accepted. Never advises
// to switch a check off. Pure.
#pragma once

#include "explain/check_by_check.hpp"
#include "explain/explanation.hpp"

#include <string>
#include <vector>

namespace idpwatch::explain {

// Empty where it is accepted.
std::string remedy_for(const ValidatorExplanation& found, const ExplainedValidator& asked,
                       const Explanation& explanation, const SignatureFact& signature);

std::vector<std::string> warnings_for(const ValidatorExplanation& found,
                                      const ExplainedValidator& asked,
                                      const Explanation& explanation,
                                      const SignatureFact& signature);

// What `service` answers to the header as it was pasted.
std::string surroundings_text(const checks::PastedToken& pasted, const validators::Answer& answer,
                              const std::string& service);

}  // namespace idpwatch::explain
