// A key set as createLocalJWKSet of jose holds it: which keys fit a token, and what becomes of the
// one that does.
#pragma once

#include "validators/core/signing_key.hpp"
#include "validators/node/jose_traits.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace idpwatch::validators {

// A member of outside JSON where a text is expected.
struct JoseMember {
  enum class Is { kAbsent, kText, kOther };
  Is is = Is::kAbsent;
  std::string text;

  [[nodiscard]] bool absent() const { return is == Is::kAbsent; }
  [[nodiscard]] bool has_text() const { return is == Is::kText; }
  [[nodiscard]] bool says(std::string_view other) const { return has_text() && text == other; }
};

struct JoseKey {
  JoseMember kty, kid, alg, use, crv;
  enum class Operations { kAbsent, kNoList, kList };
  Operations operations = Operations::kAbsent;
  bool verifies = false;             // among them
  bool verifies_alone = false;       // no other one is
  bool operations_are_texts = true;  // each once
  bool odd_ext = false;              // `ext` is no boolean
  SigningKey material;
  std::optional<JoseError> broken;  // what importing it throws
};

// What getKey resolves to, or throws.
using JoseChoice = std::variant<const JoseKey*, JoseError>;

struct JoseKeySet {
  bool malformed = false;  // JWKSInvalid
  std::vector<JoseKey> keys;

  // `alg`, `kid`: of the token's header.
  [[nodiscard]] JoseChoice choose(const std::string& alg, const JoseMember& kid,
                                  const JoseTraits& traits) const;
};

// nullopt: no JSON.
std::optional<JoseKeySet> read_jose_key_set(std::string_view octets, const JoseTraits& traits);
// Keys that stand in the settings, each a JWK.
JoseKeySet read_pinned_jose_keys(const std::vector<std::string>& jwks, const JoseTraits& traits);

// Known to that version, as a signature by a private key.
bool verifies_with(std::string_view alg, const JoseTraits& traits);
bool is_unknown_kid(const JoseError& error);

}  // namespace idpwatch::validators
