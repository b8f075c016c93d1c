#include "validators/node/jose_key_reader.hpp"

#include "validators/node/javascript.hpp"

#include <algorithm>
#include <set>

namespace idpwatch::validators {
namespace {

using Kind = JsonNode::Kind;

JoseMember member(const JsonNode& object, const char* name) {
  const JsonNode* found = object.find(name);
  if (found == nullptr) return {};
  if (!found->is(Kind::kString)) return {JoseMember::Is::kOther, {}};
  return {JoseMember::Is::kText, found->text};
}

JoseError invalid_key(const JoseTraits& traits) {
  if (traits.web_crypto) {
    return {"keys-invalid", "DOMException: Invalid keyData", "Invalid keyData", Cause::kKey};
  }
  return {"keys-invalid", "ERR_CRYPTO_INVALID_JWK", "Invalid JWK data", Cause::kKey};
}

JoseError private_key() {
  return {"keys-invalid", "ERR_JWKS_INVALID", "JSON Web Key Set members must be public keys",
          Cause::kKey};
}

bool read_rsa(const JsonNode& jwk, SigningKey& key) {
  const JoseMember n = member(jwk, "n");
  const JoseMember e = member(jwk, "e");
  if (!n.has_text() || !e.has_text()) return false;
  key.kind = SigningKey::Kind::kRsa;
  key.n = buffer_from_base64(n.text);
  key.e = buffer_from_base64(e.text);
  return true;
}

bool read_ec(const JsonNode& jwk, SigningKey& key) {
  const JoseMember x = member(jwk, "x");
  const JoseMember y = member(jwk, "y");
  if (!x.has_text() || !y.has_text()) return false;
  key.kind = SigningKey::Kind::kEc;
  key.x = buffer_from_base64(x.text);
  key.y = buffer_from_base64(y.text);
  return is_on_curve(key.crv, key.x, key.y);
}

bool read_okp(const JsonNode& jwk, SigningKey& key) {
  constexpr std::size_t kEd25519 = 32;
  constexpr std::size_t kEd448 = 57;
  const JoseMember x = member(jwk, "x");
  if (!x.has_text()) return false;
  key.kind = SigningKey::Kind::kOkp;
  key.x = buffer_from_base64(x.text);
  return key.x.size() == (key.crv == "Ed448" ? kEd448 : kEd25519);
}

void read_operations(const JsonNode& jwk, JoseKey& key) {
  const JsonNode* found = jwk.find("key_ops");
  if (found == nullptr) return;
  const bool list = found->is(Kind::kArray);
  key.operations = list ? JoseKey::Operations::kList : JoseKey::Operations::kNoList;
  if (!list) return;
  std::set<std::string> seen;
  for (const JsonNode& one : found->items) {
    const bool once = one.is(Kind::kString) && seen.insert(one.text).second;
    key.operations_are_texts = key.operations_are_texts && once;
  }
  key.verifies = seen.contains("verify");
  key.verifies_alone = key.verifies && seen.size() == 1;
}

void read_material(const JsonNode& jwk, JoseKey& key, const JoseTraits& traits) {
  const bool rsa = key.kty.says("RSA");
  const bool ec = key.kty.says("EC");
  const JoseMember secret = member(jwk, "d");
  if (secret.has_text() && !secret.text.empty()) {
    key.broken = private_key();
    return;
  }
  key.material.crv = key.crv.text;
  const bool good = rsa  ? read_rsa(jwk, key.material)
                    : ec ? read_ec(jwk, key.material)
                         : key.kty.says("OKP") && read_okp(jwk, key.material);
  if (!good) {
    key.broken = invalid_key(traits);
    return;
  }
  identify(key.material);
}

JoseKey read_key(const JsonNode& jwk, const JoseTraits& traits) {
  JoseKey key;
  key.kty = member(jwk, "kty");
  key.kid = member(jwk, "kid");
  key.alg = member(jwk, "alg");
  key.use = member(jwk, "use");
  key.crv = member(jwk, "crv");
  const JsonNode* ext = jwk.find("ext");
  key.odd_ext = ext != nullptr && !ext->is(Kind::kBool);
  read_operations(jwk, key);
  read_material(jwk, key, traits);
  key.material.kid = key.kid.text;
  return key;
}

}  // namespace

JoseError unusable_operations(const JoseKey& key) {
  const std::string kind = key.kty.says("EC")    ? "a ECDSA"
                           : key.kty.says("OKP") ? "a Ed25519"
                                                 : "an RSA";
  return {"keys-invalid", "DOMException: Unsupported key usage for " + kind + " key",
          "Unsupported key usage for " + kind + " key", Cause::kKey};
}

std::optional<JoseKeySet> read_jose_key_set(std::string_view octets, const JoseTraits& traits) {
  const auto root = parse_javascript_json(decoded_utf8(octets));
  if (!root) return std::nullopt;
  JoseKeySet set;
  const JsonNode* keys = root->is(Kind::kObject) ? root->find("keys") : nullptr;
  set.malformed = keys == nullptr || !keys->is(Kind::kArray) ||
                  !std::all_of(keys->items.begin(), keys->items.end(),
                               [](const JsonNode& one) { return one.is(Kind::kObject); });
  if (set.malformed) return set;
  for (const JsonNode& one : keys->items) set.keys.push_back(read_key(one, traits));
  return set;
}

JoseKeySet read_pinned_jose_keys(const std::vector<std::string>& jwks, const JoseTraits& traits) {
  JoseKeySet set;
  for (const std::string& text : jwks) {
    const auto jwk = parse_javascript_json(text);
    if (!jwk || !jwk->is(Kind::kObject)) {
      set.malformed = true;
    } else {
      set.keys.push_back(read_key(*jwk, traits));
    }
  }
  return set;
}

}  // namespace idpwatch::validators
