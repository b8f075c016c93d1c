#include "model/jwk_material.hpp"

#include "base/encoding.hpp"
#include "model/bounded_text.hpp"
#include "model/certificate_key.hpp"
#include "model/json_members.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <bit>

namespace idpwatch::model {

namespace {

using nlohmann::json;

struct Curve {
  std::string_view name;
  std::size_t octets;  // of one coordinate
  unsigned bits;
};

// RFC 7518 section 6.2.1.1, RFC 8812 section 3.1.
constexpr std::array<Curve, 4> kEcCurves = {
    {{"P-256", 32, 256}, {"P-384", 48, 384}, {"P-521", 66, 521}, {"secp256k1", 32, 256}}};
// RFC 8037 section 2, lengths of RFC 8032 and RFC 7748. Little-endian strings, not integers:
// nothing is stripped from them.
constexpr std::array<Curve, 4> kOkpCurves = {
    {{"Ed25519", 32, 255}, {"Ed448", 57, 448}, {"X25519", 32, 255}, {"X448", 56, 448}}};

void note(Jwk& key, KeyOddity oddity) {
  if (std::ranges::find(key.oddities, oddity) == key.oddities.end()) key.oddities.push_back(oddity);
}

// Base64 in whatever dress; nullopt (and a note why) when there is nothing to be read.
std::optional<std::string> octets(const json& element, std::string_view name, Jwk& key) {
  const json* value = member(element, name);
  if (value == nullptr || !value->is_string()) {
    note(key, KeyOddity::kMissingMember);
    return std::nullopt;
  }
  const auto& text = value->get_ref<const std::string&>();
  if (auto strict = base::base64url_decode(text)) return strict;
  auto lenient = base::base64_decode_lenient(text);
  note(key, lenient ? KeyOddity::kNotBase64Url : KeyOddity::kUndecodable);
  return lenient;
}

std::string without_leading_zeros(const std::string& number) {
  return number.substr(std::min(number.find_first_not_of('\0'), number.size()));
}

// What Microsoft.IdentityModel and others take where n or e is missing; read_x5c() came before.
std::optional<RsaNumbers> numbers_of_certificate(const Jwk& key) {
  const auto der = key.x5c.empty() ? std::nullopt : base::base64_decode_lenient(key.x5c.front());
  return der ? rsa_of_certificate(*der) : std::nullopt;
}

bool decode_rsa(const json& element, Jwk& key) {
  auto n = octets(element, "n", key);
  auto e = octets(element, "e", key);
  if (!n || !e) {
    auto certified = numbers_of_certificate(key);
    if (!certified) return false;
    n = std::move(certified->n);
    e = std::move(certified->e);
  }
  key.n = without_leading_zeros(*n);
  key.e = without_leading_zeros(*e);
  if (key.n.size() != n->size() || key.e.size() != e->size()) note(key, KeyOddity::kLeadingZero);
  if (key.n.empty() || key.e.empty()) {
    note(key, KeyOddity::kUndecodable);
    return false;
  }
  const auto top = static_cast<unsigned char>(key.n.front());
  key.bits =
      static_cast<unsigned>(key.n.size()) * 8U - static_cast<unsigned>(std::countl_zero(top));
  return true;
}

template <std::size_t N>
const Curve* find_curve(const std::array<Curve, N>& curves, Jwk& key) {
  const auto found = std::ranges::find(curves, std::string_view(key.crv), &Curve::name);
  if (found != curves.end()) return &*found;
  note(key, key.crv.empty() ? KeyOddity::kMissingMember : KeyOddity::kUnknownCurve);
  return nullptr;
}

// RFC 7518 section 6.2.1.2 asks for the full length; real providers publish shorter ones.
std::optional<std::string> coordinate(const json& element, std::string_view name,
                                      const Curve& curve, Jwk& key) {
  const auto raw = octets(element, name, key);
  if (!raw) return std::nullopt;
  const std::string number = without_leading_zeros(*raw);
  if (raw->empty() || number.size() > curve.octets) {
    note(key, KeyOddity::kUndecodable);
    return std::nullopt;
  }
  if (raw->size() < curve.octets) note(key, KeyOddity::kShortCoordinate);
  if (raw->size() > curve.octets) note(key, KeyOddity::kLeadingZero);
  return std::string(curve.octets - number.size(), '\0') + number;
}

bool decode_ec(const json& element, Jwk& key) {
  const Curve* curve = find_curve(kEcCurves, key);
  if (curve == nullptr) return false;
  auto x = coordinate(element, "x", *curve, key);
  auto y = coordinate(element, "y", *curve, key);
  if (!x || !y) return false;
  key.x = std::move(*x);
  key.y = std::move(*y);
  key.bits = curve->bits;
  return true;
}

bool decode_okp(const json& element, Jwk& key) {
  const Curve* curve = find_curve(kOkpCurves, key);
  if (curve == nullptr) return false;
  auto x = octets(element, "x", key);
  if (!x) return false;
  if (x->size() != curve->octets) {
    note(key, KeyOddity::kUndecodable);
    return false;
  }
  key.x = std::move(*x);
  key.bits = curve->bits;
  return true;
}

// Never decoded: the identity is over the text that stands for the secret.
bool decode_oct(const json& element, Jwk& key) {
  key.k_redacted = text_member(element, "k");
  if (!key.k_redacted.empty()) return true;
  note(key, KeyOddity::kMissingMember);
  return false;
}

}  // namespace

bool decode_material(const json& element, Jwk& key) {
  key.crv = bounded_text(text_member(element, "crv"));
  if (key.kty == "RSA") {
    key.type = KeyType::kRsa;
    return decode_rsa(element, key);
  }
  if (key.kty == "EC") {
    key.type = KeyType::kEc;
    return decode_ec(element, key);
  }
  if (key.kty == "OKP") {
    key.type = KeyType::kOkp;
    return decode_okp(element, key);
  }
  if (key.kty == "oct") {
    key.type = KeyType::kOct;
    return decode_oct(element, key);
  }
  if (key.kty.empty()) note(key, KeyOddity::kMissingMember);
  return false;
}

}  // namespace idpwatch::model
