// A bearer token as jwtVerify of jose takes it apart: the header first, the rest when its turn
// comes.
#pragma once

#include "validators/core/token_view.hpp"
#include "validators/node/jose_keys.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::validators {

struct JoseTime {
  enum class Is { kAbsent, kNumber, kOther };
  Is is = Is::kAbsent;
  double seconds = 0;
};

struct JoseClaims {
  JoseMember issuer;
  bool has_audience = false;
  std::vector<std::string> audiences;
  JoseTime expires, not_before, issued;
};

struct JoseToken {
  std::string alg;
  JoseMember kid, typ;
  bool encoded = true;  // false: a payload as it is (RFC 7797), which no JWT has
  SignedParts parts;    // the signature is empty where it cannot be decoded
  bool signature_broken = false;
  std::optional<std::string> payload;  // nullopt: cannot be decoded
  std::optional<JoseClaims> claims;    // of a synthetic one
};

// What is thrown before any key is asked for.
struct JoseTokenReading {
  std::optional<JoseError> error;
  JoseToken token;
};
JoseTokenReading read_jose_token(std::string_view text, const JoseTraits& traits);
JoseToken synthetic_jose_token(const TokenView& token);

// JWTInvalid where the payload is not a JSON object.
std::optional<JoseClaims> read_jose_claims(const std::string& payload, const JoseTraits& traits);

JoseError malformed_token(std::string code, std::string message);

}  // namespace idpwatch::validators
