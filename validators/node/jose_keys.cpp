#include "validators/node/jose_keys.hpp"

#include "validators/node/jose_key_reader.hpp"

#include <algorithm>
#include <array>

namespace idpwatch::validators {
namespace {

constexpr std::string_view kNoMatchingKey = "ERR_JWKS_NO_MATCHING_KEY";

JoseError no_matching_key() {
  return {"key-not-found", std::string(kNoMatchingKey),
          "no applicable key found in the JSON Web Key Set", Cause::kKey};
}

JoseError multiple_matching_keys() {
  return {"keys-invalid", "ERR_JWKS_MULTIPLE_MATCHING_KEYS",
          "multiple matching keys found in the JSON Web Key Set", Cause::kKey};
}

JoseError unsupported_alg() {
  return {"algorithm-not-allowed", "ERR_JOSE_NOT_SUPPORTED",
          R"(Unsupported "alg" value for a JSON Web Key Set)", Cause::kAlgorithm};
}

struct Algorithm {
  std::string_view alg, kty, crv;  // an empty curve: any
  enum class Where { kEverywhere, kNodeCrypto, kFrom5 } where = Where::kEverywhere;
};
constexpr std::array kAlgorithms{
    Algorithm{"RS256", "RSA", ""},
    Algorithm{"RS384", "RSA", ""},
    Algorithm{"RS512", "RSA", ""},
    Algorithm{"PS256", "RSA", ""},
    Algorithm{"PS384", "RSA", ""},
    Algorithm{"PS512", "RSA", ""},
    Algorithm{"ES256", "EC", "P-256"},
    Algorithm{"ES384", "EC", "P-384"},
    Algorithm{"ES512", "EC", "P-521"},
    Algorithm{"EdDSA", "OKP", "Ed25519"},
    Algorithm{"Ed25519", "OKP", "Ed25519", Algorithm::Where::kFrom5},
    Algorithm{"ES256K", "EC", "secp256k1", Algorithm::Where::kNodeCrypto},
};

const Algorithm* find_algorithm(std::string_view alg, const JoseTraits& traits) {
  for (const Algorithm& one : kAlgorithms) {
    if (one.alg != alg) continue;
    if (one.where == Algorithm::Where::kNodeCrypto && traits.web_crypto) return nullptr;
    if (one.where == Algorithm::Where::kFrom5 && !traits.ed25519_name) return nullptr;
    return &one;
  }
  return nullptr;
}

// By the first two letters alone, before the strict table (getKtyFromAlg).
std::string_view type_of(std::string_view alg) {
  const std::string_view start = alg.substr(0, 2);
  if (start == "RS" || start == "PS") return "RSA";
  if (start == "ES") return "EC";
  return start == "Ed" ? "OKP" : "";
}

bool has_curve(const JoseKey& key, std::string_view alg, const Algorithm* known,
               const JoseTraits& traits) {
  if (known == nullptr || known->crv.empty()) return true;
  return key.crv.says(known->crv) ||
         (alg == "EdDSA" && !traits.web_crypto && key.crv.says("Ed448"));
}

// The filter up to 6.2.0: what is of another type than expected says nothing.
bool fits_loosely(const JoseKey& key, const std::string& alg, const JoseMember& kid) {
  if (!key.kty.says(type_of(alg))) return false;
  if (kid.has_text() && !key.kid.says(kid.text)) return false;
  if (key.alg.has_text() && !key.alg.says(alg)) return false;
  if (key.use.has_text() && !key.use.says("sig")) return false;
  return key.operations != JoseKey::Operations::kList || key.verifies;
}

// isUsableJWK.
bool fits_strictly(const JoseKey& key, const std::string& alg, const JoseMember& kid) {
  if (key.odd_ext || !key.kty.says(type_of(alg))) return false;
  const bool lists = key.operations == JoseKey::Operations::kList;
  if (key.operations == JoseKey::Operations::kNoList) return false;
  if (lists && !(key.verifies && key.operations_are_texts)) return false;
  if (!kid.absent() && !(kid.has_text() && key.kid.says(kid.text))) return false;
  if (!key.alg.absent() && !key.alg.says(alg)) return false;
  return key.use.absent() || key.use.says("sig");
}

}  // namespace

bool verifies_with(std::string_view alg, const JoseTraits& traits) {
  return find_algorithm(alg, traits) != nullptr;
}

bool is_unknown_kid(const JoseError& error) { return error.code == kNoMatchingKey; }

JoseChoice JoseKeySet::choose(const std::string& alg, const JoseMember& kid,
                              const JoseTraits& traits) const {
  const Algorithm* known = find_algorithm(alg, traits);
  if (traits.strict ? known == nullptr : type_of(alg).empty()) return unsupported_alg();
  const JoseKey* found = nullptr;
  for (const JoseKey& key : keys) {
    const bool fits = traits.strict ? fits_strictly(key, alg, kid) : fits_loosely(key, alg, kid);
    if (!fits || !has_curve(key, alg, known, traits)) continue;
    if (found != nullptr) return multiple_matching_keys();
    found = &key;
  }
  if (found == nullptr) return no_matching_key();
  if (found->broken) return *found->broken;
  // The usages of a public key that WebCrypto imports: "verify" and nothing else.
  if (traits.web_crypto && found->operations == JoseKey::Operations::kList &&
      !found->verifies_alone) {
    return unusable_operations(*found);
  }
  return found;
}

}  // namespace idpwatch::validators
