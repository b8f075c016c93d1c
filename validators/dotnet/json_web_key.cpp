#include "validators/dotnet/json_web_key.hpp"

#include "base/text.hpp"
#include "validators/dotnet/dotnet_text.hpp"

#include <array>

namespace idpwatch::validators {
namespace {

struct TextMember {
  std::string_view name;
  JsonWebKey::Text field;
};
constexpr std::array<TextMember, 19> kTexts{{
    {"kty", &JsonWebKey::kty}, {"kid", &JsonWebKey::kid}, {"use", &JsonWebKey::use},
    {"alg", &JsonWebKey::alg}, {"crv", &JsonWebKey::crv}, {"n", &JsonWebKey::n},
    {"e", &JsonWebKey::e},     {"x", &JsonWebKey::x},     {"y", &JsonWebKey::y},
    {"k", &JsonWebKey::k},     {"d", &JsonWebKey::d},     {"p", &JsonWebKey::p},
    {"q", &JsonWebKey::q},     {"dp", &JsonWebKey::dp},   {"dq", &JsonWebKey::dq},
    {"qi", &JsonWebKey::qi},   {"x5t", &JsonWebKey::x5t}, {"x5t#S256", &JsonWebKey::x5t_s256},
    {"x5u", &JsonWebKey::x5u},
}};
struct ListMember {
  std::string_view name;
  JsonWebKey::List field;
};
constexpr std::array<ListMember, 3> kLists{
    {{"x5c", &JsonWebKey::x5c}, {"key_ops", &JsonWebKey::key_ops}, {"oth", &JsonWebKey::oth}}};

template <class Table>
auto member_of(const Table& table, std::string_view name) -> decltype(table[0].field) {
  for (const auto& member : table) {
    if (base::iequals(member.name, name)) {
      return member.field;
    }
  }
  return nullptr;
}

// All members, also the private ones, must decode where the library decodes them.
bool rest_decodes(const JsonWebKey& jwk, const Base64Rules& rules) {
  for (const std::string* text : {&jwk.d, &jwk.p, &jwk.q, &jwk.dp, &jwk.dq, &jwk.qi}) {
    if (!text->empty() && !decode_base64(*text, rules)) {
      return false;
    }
  }
  return true;
}

void add_certificate(const JsonWebKey& jwk, std::vector<SigningKey>& keys) {
  // Convert.FromBase64String of the standard alphabet.
  const auto der = decode_base64(jwk.x5c.front(), {true, true, true, true, true, false});
  const auto certificate = der ? read_certificate(*der) : std::nullopt;
  if (!certificate) {
    return;
  }
  SigningKey key = labelled(SigningKey::Kind::kCertificate, jwk);
  key.n = certificate->n;
  key.e = certificate->e;
  key.x5t = certificate->x5t;
  key.not_before = certificate->not_before;
  key.not_after = certificate->not_after;
  identify(key);
  keys.push_back(std::move(key));
}

void add_rsa(const JsonWebKey& jwk, const LibraryTraits& traits, std::vector<SigningKey>& keys) {
  if (!jwk.x5c.empty()) {
    add_certificate(jwk, keys);
  }
  const auto n = decode_base64(jwk.n, traits.key_base64);
  const auto e = decode_base64(jwk.e, traits.key_base64);
  if (is_blank(jwk.n) || is_blank(jwk.e) || !n || !e || !rest_decodes(jwk, traits.key_base64)) {
    return;
  }
  SigningKey key = labelled(SigningKey::Kind::kRsa, jwk);
  key.n = *n;
  key.e = *e;
  identify(key);
  keys.push_back(std::move(key));
}

void add_elliptic(const JsonWebKey& jwk, const LibraryTraits& traits,
                  std::vector<SigningKey>& keys) {
  const auto x = decode_base64(jwk.x, traits.key_base64);
  const auto y = decode_base64(jwk.y, traits.key_base64);
  // "P-512" is the library's own old spelling of P-521.
  const std::string crv = jwk.crv == "P-512" ? "P-521" : jwk.crv;
  const bool foreign = crv == "secp256k1";  // no version knows that curve
  // ECParameters.Validate wants coordinates of equal length; the import, a point on the curve.
  if (foreign || jwk.x.empty() || jwk.y.empty() || !x || !y || x->size() != y->size() ||
      !is_on_curve(crv, *x, *y)) {
    return;
  }
  SigningKey key = labelled(SigningKey::Kind::kEc, jwk);
  key.crv = crv;
  key.x = *x;
  key.y = *y;
  identify(key);
  keys.push_back(std::move(key));
}

void add_akp(const JsonWebKey& jwk, const LibraryTraits& traits, std::vector<SigningKey>& keys) {
  if (traits.reads_akp && jwk.alg.starts_with("ML-DSA-") && !jwk.pub.empty()) {
    keys.push_back(labelled(SigningKey::Kind::kAkp, jwk));
  }
}

}  // namespace

JsonWebKey::Text JsonWebKey::text_member(std::string_view name) { return member_of(kTexts, name); }
JsonWebKey::List JsonWebKey::list_member(std::string_view name) { return member_of(kLists, name); }

void JsonWebKey::add_additional(std::string_view name, std::string_view text) {
  if (name == "issuer") {
    issuer = text;
  } else if (name == "pub") {
    pub = text;
  }
}

SigningKey labelled(SigningKey::Kind kind, const JsonWebKey& jwk) {
  SigningKey key;
  key.kind = kind;
  key.kid = jwk.kid;
  key.alg = jwk.alg;
  key.issuer = jwk.issuer;
  return key;
}

void add_signing_keys(const JsonWebKey& jwk, const LibraryTraits& traits,
                      std::vector<SigningKey>& keys) {
  if (!jwk.use.empty() && jwk.use != "sig") {
    return;  // IDX10808
  }
  if (jwk.kty == "RSA") {
    add_rsa(jwk, traits, keys);
  } else if (jwk.kty == "EC") {
    add_elliptic(jwk, traits, keys);
  } else if (jwk.kty == "AKP") {
    add_akp(jwk, traits, keys);
  }  // IDX10810
}

}  // namespace idpwatch::validators
