// How the token handlers of Microsoft.IdentityModel read a bearer token.
#pragma once

#include "validators/core/token_view.hpp"
#include "validators/dotnet/identity_model.hpp"

#include <string>
#include <string_view>

namespace idpwatch::validators {

// How reading went. The legacy handler says beforehand that it cannot read a token; everything
// else is an error of that id (possibly without one: empty).
struct TokenReading {
  enum class Outcome { kRead, kNotForThisHandler, kFailed };
  Outcome outcome = Outcome::kRead;
  std::string error;
  TokenView token;
};

// JsonWebTokenHandler, from 7.0 on.
TokenReading read_json_web_token(std::string_view text, const LibraryTraits& traits);
// JwtSecurityTokenHandler.
TokenReading read_legacy_token(std::string_view text, const LibraryTraits& traits);

}  // namespace idpwatch::validators
