#include "checks/lint/usable_key.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace idpwatch::checks {

namespace {

bool agreement_curve(std::string_view crv) { return crv == "X25519" || crv == "X448"; }

bool is_one_of(std::string_view value, std::initializer_list<std::string_view> set) {
  return std::find(set.begin(), set.end(), value) != set.end();
}

// Algorithms of JWE (RFC 7518 section 4): the key is there to encrypt with.
bool encryption_algorithm(std::string_view alg) {
  return alg.starts_with("RSA-OAEP") || alg.starts_with("RSA1_5") || alg.starts_with("ECDH-ES");
}

bool ec_fits(std::string_view crv, std::string_view algorithm) {
  return (algorithm == "ES256" && crv == "P-256") || (algorithm == "ES384" && crv == "P-384") ||
         (algorithm == "ES512" && crv == "P-521") || (algorithm == "ES256K" && crv == "secp256k1");
}

bool okp_fits(std::string_view crv, std::string_view algorithm) {
  if (algorithm == "EdDSA") return crv == "Ed25519" || crv == "Ed448";
  return algorithm == crv && !agreement_curve(crv);
}

bool type_fits(const model::Jwk& key, std::string_view algorithm) {
  switch (key.type) {
    case model::KeyType::kRsa:
      return is_one_of(algorithm, {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"});
    case model::KeyType::kEc:
      return ec_fits(key.crv, algorithm);
    case model::KeyType::kOkp:
      return okp_fits(key.crv, algorithm);
    case model::KeyType::kOct:
    case model::KeyType::kUnknown:
      break;
  }
  return false;
}

}  // namespace

std::string why_unusable(const model::Jwk& key) {
  if (key.type == model::KeyType::kUnknown) {
    return key.kty.empty() ? "kty is missing"
                           : "kty \"" + base::printable(key.kty, 32) + "\" is not known";
  }
  if (key.type == model::KeyType::kOct) return "it is a shared secret (kty oct)";
  if (!key.decodable()) return "its members cannot be decoded";
  if (!key.signing()) return "use is enc";
  if (key.alg && encryption_algorithm(*key.alg)) {
    return "alg " + base::printable(*key.alg, 32) + " is for encryption";
  }
  if (agreement_curve(key.crv)) return "curve " + key.crv + " is for key agreement";
  const bool verifies = key.key_ops.empty() || std::find(key.key_ops.begin(), key.key_ops.end(),
                                                         "verify") != key.key_ops.end();
  return verifies ? std::string() : "key_ops lacks verify";
}

bool fits_algorithm(const model::Jwk& key, std::string_view algorithm) {
  const bool same = !key.alg || *key.alg == algorithm ||
                    // RFC 9864 gives the two curves of EdDSA names of their own.
                    (key.type == model::KeyType::kOkp && *key.alg == "EdDSA");
  return same && why_unusable(key).empty() && type_fits(key, algorithm);
}

}  // namespace idpwatch::checks
