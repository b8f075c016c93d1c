#include "explain/token_signature.hpp"

#include "base/digest.hpp"
#include "base/encoding.hpp"
#include "validators/core/signature.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace idpwatch::explain {
namespace {

using Is = SignatureFact::Is;
using validators::SigningKey;

// Keys tried for one token. Real sets have fewer; a hostile one costs no more.
constexpr std::size_t kTriedMax = 64;
constexpr std::size_t kKidsShown = 5;

constexpr std::array<std::string_view, 12> kVerified{"RS256", "RS384", "RS512",  "PS256",
                                                     "PS384", "PS512", "ES256",  "ES384",
                                                     "ES512", "EdDSA", "ES256K", "Ed25519"};

SigningKey signing_key(const model::Jwk& jwk) {
  SigningKey key;
  key.kind = jwk.type == model::KeyType::kEc    ? SigningKey::Kind::kEc
             : jwk.type == model::KeyType::kOkp ? SigningKey::Kind::kOkp
                                                : SigningKey::Kind::kRsa;
  key.kid = jwk.kid.value_or("");
  key.crv = jwk.crv;
  key.n = jwk.n;
  key.e = jwk.e;
  key.x = jwk.x;
  key.y = jwk.y;
  key.bits = jwk.bits;
  key.thumbprint = jwk.thumbprint;
  return key;
}

// RFC 7518: each ES name goes with one curve.
bool fits_curve(const model::Jwk& key, std::string_view algorithm) {
  if (key.type != model::KeyType::kEc) return true;
  return (algorithm == "ES256" && key.crv == "P-256") ||
         (algorithm == "ES384" && key.crv == "P-384") ||
         (algorithm == "ES512" && key.crv == "P-521") ||
         (algorithm == "ES256K" && key.crv == "secp256k1");
}

bool is_public(const model::Jwk& key) {
  return key.decodable() && key.type != model::KeyType::kOct;
}

// The header as Microsoft Graph verifies it: with the SHA-256 of the nonce in place of the nonce.
std::optional<std::string> with_hashed_nonce(const checks::TokenForm& form) {
  const std::string nonce = form.header_text("nonce");
  if (nonce.empty() || !form.token) return std::nullopt;
  std::string header = form.token->header;
  const std::string member = "\"nonce\"";
  const std::size_t name = header.find(member);
  const std::size_t at =
      name == std::string::npos ? name : header.find(nonce, name + member.size());
  if (at == std::string::npos) return std::nullopt;
  header.replace(at, nonce.size(), base::base64url_encode(base::sha256(nonce)));
  const std::string& input = form.token->signing_input;
  return base::base64url_encode(header) + input.substr(input.find('.'));
}

class Verification {
 public:
  Verification(const checks::TokenForm& form, const std::vector<model::Jwk>& keys)
      : form_(form), keys_(keys), algorithm_(form.token->alg.value_or("")), kid_(form.token->kid) {}

  SignatureFact run() {
    for (const model::Jwk& key : keys_) {
      if (!is_public(key)) continue;
      ++out_.keys;
      if (out_.kids.size() < kKidsShown) out_.kids.push_back(key.kid.value_or("(none)"));
    }
    out_.is = decide();
    return out_;
  }

 private:
  Is decide() {
    const model::Token& token = *form_.token;
    if (token.signature.empty() || algorithm_ == "none" || algorithm_.empty()) {
      return Is::kNotSigned;
    }
    if (algorithm_.starts_with("HS")) return Is::kSymmetric;
    if (std::find(kVerified.begin(), kVerified.end(), algorithm_) == kVerified.end()) {
      return Is::kUnsupported;
    }
    if (out_.keys == 0) return Is::kNoKeys;
    const bool known = kid_ && std::any_of(keys_.begin(), keys_.end(), [&](const auto& key) {
                         return is_public(key) && key.kid == kid_;
                       });
    parts_ = {token.signing_input, token.signature, {}};
    if (fits_some([&](const model::Jwk& key) { return kid_ && key.kid == kid_; })) {
      return Is::kValid;
    }
    if (fits_some([&](const model::Jwk& key) { return !kid_ || key.kid != kid_; })) {
      return kid_ ? Is::kOtherKey : Is::kValid;
    }
    if (known) prove_nonce();
    return known || !kid_ ? Is::kWrong : Is::kUnknownKid;
  }

  void prove_nonce() {
    const auto input = with_hashed_nonce(form_);
    if (!input) return;
    parts_.signing_input = *input;
    out_.nonce_proved = fits_some([&](const model::Jwk& key) { return key.kid == kid_; });
  }

  template <class Wanted>
  bool fits_some(Wanted wanted) {
    for (const model::Jwk& key : keys_) {
      if (!is_public(key) || !wanted(key) || !fits_curve(key, algorithm_)) continue;
      if (out_.tried >= kTriedMax) return false;
      ++out_.tried;
      if (!validators::real_signatures().verify(signing_key(key), algorithm_, parts_)) continue;
      out_.kid = key.kid.value_or("");
      out_.thumbprint = key.thumbprint;
      return true;
    }
    return false;
  }

  const checks::TokenForm& form_;
  const std::vector<model::Jwk>& keys_;
  const std::string algorithm_;
  const std::optional<std::string> kid_;
  validators::SignedParts parts_;
  SignatureFact out_;
};

}  // namespace

SignatureFact verify_signature(const checks::TokenForm& form, const std::vector<model::Jwk>& keys) {
  if (!form.readable() || !form.token) return {};
  return Verification(form, keys).run();
}

}  // namespace idpwatch::explain
