// The options of jwtVerify, and what they make of a token's claims.
#pragma once

#include "validators/node/jose_token.hpp"

#include <optional>
#include <string>
#include <vector>

namespace idpwatch::validators {

// nullopt: not given. One value is handed over as a text, several as a list.
struct JoseOptions {
  std::optional<std::vector<std::string>> issuers, audiences;
  std::optional<std::vector<std::string>> algorithms;
  std::optional<std::string> type;
  base::Duration tolerance{0};
};

// typ, issuer, audience, times, in jose's order. `now` by the service's clock.
std::optional<JoseError> check_jose_claims(const JoseToken& token, const JoseOptions& options,
                                           const JoseTraits& traits, base::Instant now);

}  // namespace idpwatch::validators
