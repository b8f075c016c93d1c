// A JSON Web Key as JsonWebKey of Microsoft.IdentityModel.Tokens holds it, whoever read it, and the
// signing keys that come of it. A part of documents.
#pragma once

#include "validators/core/signing_key.hpp"
#include "validators/dotnet/identity_model.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::validators {

struct JsonWebKey {
  std::string kty, kid, use, alg, crv, n, e, x, y, k, d, p, q, dp, dq, qi, x5t, x5t_s256, x5u;
  std::vector<std::string> x5c, key_ops, oth;
  // Additional data that somebody looks at; by their exact names.
  std::string issuer, pub;

  using Text = std::string JsonWebKey::*;
  using List = std::vector<std::string> JsonWebKey::*;
  // The property for a member's name, in whatever letter case; null where there is none.
  static Text text_member(std::string_view name);
  static List list_member(std::string_view name);
  void add_additional(std::string_view name, std::string_view text);
};

SigningKey labelled(SigningKey::Kind kind, const JsonWebKey& jwk);
// JsonWebKeySet.GetSigningKeys for one key; a JWK with x5c and n makes two.
void add_signing_keys(const JsonWebKey& jwk, const LibraryTraits& traits,
                      std::vector<SigningKey>& keys);

}  // namespace idpwatch::validators
