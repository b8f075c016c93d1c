#include "base/text.hpp"
#include "validators/documents.hpp"

#include <array>

namespace idpwatch::validators {
namespace {

// The members of a JWK that JsonWebKey has a property for. They are found without regard to case.
struct RawKey {
  std::string kty, kid, use, alg, crv, n, e, x, y, k, d, p, q, dp, dq, qi, x5t, x5t_s256, x5u,
      issuer, pub;
  std::vector<std::string> x5c, key_ops, oth;
};

struct TextMember {
  std::string_view name;
  std::string RawKey::* field;
};
constexpr std::array<TextMember, 19> kTexts{{
    {"kty", &RawKey::kty}, {"kid", &RawKey::kid}, {"use", &RawKey::use},
    {"alg", &RawKey::alg}, {"crv", &RawKey::crv}, {"n", &RawKey::n},
    {"e", &RawKey::e},     {"x", &RawKey::x},     {"y", &RawKey::y},
    {"k", &RawKey::k},     {"d", &RawKey::d},     {"p", &RawKey::p},
    {"q", &RawKey::q},     {"dp", &RawKey::dp},   {"dq", &RawKey::dq},
    {"qi", &RawKey::qi},   {"x5t", &RawKey::x5t}, {"x5t#S256", &RawKey::x5t_s256},
    {"x5u", &RawKey::x5u},
}};
struct ListMember {
  std::string_view name;
  std::vector<std::string> RawKey::* field;
};
constexpr std::array<ListMember, 3> kLists{
    {{"x5c", &RawKey::x5c}, {"key_ops", &RawKey::key_ops}, {"oth", &RawKey::oth}}};

bool is_scalar(const JsonNode& value) {
  return !value.is(JsonNode::Kind::kArray) && !value.is(JsonNode::Kind::kObject);
}

// False where the library throws.
bool read_text(const JsonNode& value, bool lenient, std::string& out) {
  if (value.is(JsonNode::Kind::kNull)) {
    if (!lenient) {
      out.clear();
    }
    return true;
  }
  if (!value.is(JsonNode::Kind::kString) && (!lenient || !is_scalar(value))) {
    return false;
  }
  out = value.is(JsonNode::Kind::kBool) ? (value.flag ? "True" : "False") : value.text;
  return true;
}

bool read_list(std::string_view name, const JsonNode& value, bool lenient,
               std::vector<std::string>& out) {
  if (value.is(JsonNode::Kind::kNull)) {
    return lenient || name != "key_ops";  // 7.0 on: ArgumentNullException for key_ops alone
  }
  if (!value.is(JsonNode::Kind::kArray)) {
    return false;
  }
  for (const JsonNode& item : value.items) {
    if (!read_text(item, lenient, out.emplace_back())) {
      return false;
    }
  }
  return true;
}

bool read_member(const JsonMember& member, bool lenient, RawKey& key) {
  for (const TextMember& text : kTexts) {
    if (base::iequals(text.name, member.name)) {
      return read_text(member.value, lenient, key.*text.field);
    }
  }
  for (const ListMember& list : kLists) {
    if (base::iequals(list.name, member.name)) {
      return read_list(list.name, member.value, lenient, key.*list.field);
    }
  }
  if (member.name == "issuer" && member.value.is(JsonNode::Kind::kString)) {
    key.issuer = member.value.text;
  } else if (member.name == "pub" && member.value.is(JsonNode::Kind::kString)) {
    key.pub = member.value.text;
  }
  return true;
}

// All members, also the private ones, must decode where the library decodes them.
bool rest_decodes(const RawKey& raw, const Base64Rules& rules) {
  for (const std::string* text : {&raw.d, &raw.p, &raw.q, &raw.dp, &raw.dq, &raw.qi}) {
    if (!text->empty() && !decode_base64(*text, rules)) {
      return false;
    }
  }
  return true;
}

SigningKey labelled(SigningKey::Kind kind, const RawKey& raw) {
  SigningKey key;
  key.kind = kind;
  key.kid = raw.kid;
  key.alg = raw.alg;
  key.issuer = raw.issuer;
  return key;
}

void add_certificate(const RawKey& raw, std::vector<SigningKey>& keys) {
  // Convert.FromBase64String of the standard alphabet.
  const auto der = decode_base64(raw.x5c.front(), {true, true, true, true, true, false});
  const auto certificate = der ? read_certificate(*der) : std::nullopt;
  if (!certificate) {
    return;
  }
  SigningKey key = labelled(SigningKey::Kind::kCertificate, raw);
  key.n = certificate->n;
  key.e = certificate->e;
  key.x5t = certificate->x5t;
  key.not_before = certificate->not_before;
  key.not_after = certificate->not_after;
  identify(key);
  keys.push_back(std::move(key));
}

void add_rsa(const RawKey& raw, const LibraryTraits& traits, std::vector<SigningKey>& keys) {
  if (!raw.x5c.empty()) {
    add_certificate(raw, keys);
  }
  const auto n = decode_base64(raw.n, traits.key_base64);
  const auto e = decode_base64(raw.e, traits.key_base64);
  if (base::trim(raw.n).empty() || base::trim(raw.e).empty() || !n || !e ||
      !rest_decodes(raw, traits.key_base64)) {
    return;
  }
  SigningKey key = labelled(SigningKey::Kind::kRsa, raw);
  key.n = *n;
  key.e = *e;
  identify(key);
  keys.push_back(std::move(key));
}

void add_elliptic(const RawKey& raw, const LibraryTraits& traits, std::vector<SigningKey>& keys) {
  const auto x = decode_base64(raw.x, traits.key_base64);
  const auto y = decode_base64(raw.y, traits.key_base64);
  // "P-512" is the library's own old spelling of P-521.
  const std::string crv = raw.crv == "P-512" ? "P-521" : raw.crv;
  // ECParameters.Validate wants coordinates of equal length; the import, a point on the curve.
  if (raw.x.empty() || raw.y.empty() || !x || !y || x->size() != y->size() ||
      !is_on_curve(crv, *x, *y)) {
    return;
  }
  SigningKey key = labelled(SigningKey::Kind::kEc, raw);
  key.crv = crv;
  key.x = *x;
  key.y = *y;
  identify(key);
  keys.push_back(std::move(key));
}

void add_akp(const RawKey& raw, const LibraryTraits& traits, std::vector<SigningKey>& keys) {
  if (traits.reads_akp && raw.alg.starts_with("ML-DSA-") && !raw.pub.empty()) {
    keys.push_back(labelled(SigningKey::Kind::kAkp, raw));
  }
}

void add_key(const RawKey& raw, const LibraryTraits& traits, std::vector<SigningKey>& keys) {
  if (!raw.use.empty() && raw.use != "sig") {
    return;  // IDX10808
  }
  if (raw.kty == "RSA") {
    add_rsa(raw, traits, keys);
  } else if (raw.kty == "EC") {
    add_elliptic(raw, traits, keys);
  } else if (raw.kty == "AKP") {
    add_akp(raw, traits, keys);
  }  // IDX10810
}

// OpenIddict looks members up by their exact names and takes any scalar as text.
bool read_openiddict_key(const JsonNode& item, RawKey& key) {
  if (!item.is(JsonNode::Kind::kObject)) {
    return false;
  }
  constexpr std::array<TextMember, 9> kRead{{{"kty", &RawKey::kty},
                                             {"kid", &RawKey::kid},
                                             {"use", &RawKey::use},
                                             {"crv", &RawKey::crv},
                                             {"n", &RawKey::n},
                                             {"e", &RawKey::e},
                                             {"x", &RawKey::x},
                                             {"y", &RawKey::y},
                                             {"x5t", &RawKey::x5t}}};
  for (const TextMember& member : kRead) {
    if (const JsonNode* value = item.find(member.name); value != nullptr && is_scalar(*value)) {
      read_text(*value, true, key.*member.field);
    }
  }
  const JsonNode* chain = item.find("x5c");
  for (std::size_t i = 0; chain != nullptr && i < chain->items.size(); ++i) {
    if (chain->items[i].is(JsonNode::Kind::kString) && !chain->items[i].text.empty()) {
      key.x5c.push_back(chain->items[i].text);
    }
  }
  return true;
}

// False where the library throws.
bool read_keys(const JsonNode& list, const LibraryTraits& traits, KeyDocument& document) {
  const bool lenient = traits.json.lenient;
  if (lenient && list.is(JsonNode::Kind::kNull)) {
    return true;
  }
  if (!list.is(JsonNode::Kind::kArray)) {
    return false;
  }
  for (const JsonNode& item : list.items) {
    if (!item.is(JsonNode::Kind::kObject)) {
      if (lenient) {
        return false;  // no conversion to JsonWebKey; a null entry breaks GetSigningKeys
      }
      continue;  // the reader walks over it
    }
    RawKey raw;
    for (const JsonMember& member : item.members) {
      if (!read_member(member, lenient, raw)) {
        return false;
      }
    }
    add_key(raw, traits, document.keys);
  }
  return true;
}

}  // namespace

KeyDocument read_key_set(std::string_view text, const LibraryTraits& traits) {
  const std::string error = traits.json.lenient ? "IDX20803" : "IDX10805";
  const auto root = parse_dotnet_json(text, traits.json);
  if (!root || !root->is(JsonNode::Kind::kObject)) {
    return {error, {}};
  }
  KeyDocument document;
  for (const JsonMember& member : root->members) {
    if (base::iequals(member.name, "keys") && !read_keys(member.value, traits, document)) {
      return {error, {}};
    }
  }
  return document;
}

KeyDocument read_openiddict_key_set(std::string_view text, const LibraryTraits& traits) {
  KeyDocument document;
  const auto root = parse_dotnet_json(text, traits.json);
  const JsonNode* list = root && root->is(JsonNode::Kind::kObject) ? root->find("keys") : nullptr;
  if (list == nullptr || list->items.empty()) {
    return {"ID2102", {}};
  }
  for (const JsonNode& item : list->items) {
    if (item.is(JsonNode::Kind::kString)) {
      continue;
    }
    if (item.is(JsonNode::Kind::kNull)) {
      return {"ID2107", {}};
    }
    RawKey raw;
    if (!read_openiddict_key(item, raw)) {
      return {"ID2103", {}};
    }
    if (!raw.use.empty() && raw.use != "sig") {
      continue;
    }
    const bool rsa = raw.kty == "RSA";
    if (!rsa && raw.kty != "EC") {
      return {"ID2103", {}};
    }
    if (rsa ? raw.n.empty() || raw.e.empty() : raw.crv.empty() || raw.x.empty() || raw.y.empty()) {
      return {"ID2104", {}};
    }
    add_key(raw, traits, document.keys);
  }
  return document;
}

std::vector<SigningKey> read_pinned_keys(const std::vector<std::string>& jwks,
                                         const LibraryTraits& traits) {
  std::vector<SigningKey> keys;
  for (const std::string& text : jwks) {
    const auto node = parse_dotnet_json(text, {false, 64, false});
    if (!node || !node->is(JsonNode::Kind::kObject)) {
      continue;
    }
    RawKey raw;
    for (const JsonMember& member : node->members) {
      if (!read_member(member, true, raw)) {
        raw = {};
        break;
      }
    }
    if (raw.kty == "oct") {
      SigningKey key = labelled(SigningKey::Kind::kSymmetric, raw);
      key.secret = decode_base64(raw.k, traits.key_base64).value_or(raw.k);
      identify(key);
      keys.push_back(std::move(key));
    } else {
      add_key(raw, traits, keys);
    }
  }
  return keys;
}

}  // namespace idpwatch::validators
