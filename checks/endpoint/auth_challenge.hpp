// WWW-Authenticate: one or several challenges in one or several fields (RFC 9110 section 11.6.1),
// with the parameters of RFC 6750, RFC 9728 and those that Azure's resources use. Pure; whatever
// the text, one pass.
#pragma once

#include "model/exchange.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace idpwatch::checks {

struct AuthChallenge {
  std::string scheme;   // as it came
  std::string token68;  // Negotiate's and the like; usually empty
  std::vector<std::pair<std::string, std::string>> parameters;  // names in lower case

  [[nodiscard]] bool is(std::string_view name) const;
  [[nodiscard]] std::optional<std::string> parameter(std::string_view name) const;
};

std::vector<AuthChallenge> parse_challenges(std::string_view field);
// Of all fields of an answer.
std::vector<AuthChallenge> challenges_of(const model::HeaderFields& headers);

}  // namespace idpwatch::checks
