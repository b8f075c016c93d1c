#include "base/text.hpp"
#include "validators/dotnet/dotnet_documents.hpp"
#include "validators/dotnet/identity_model.hpp"
#include "validators/dotnet/json_web_key.hpp"

#include <array>

namespace idpwatch::validators {
namespace {

bool is_scalar(const JsonNode& value) {
  return !value.is(JsonNode::Kind::kArray) && !value.is(JsonNode::Kind::kObject);
}

// JsonTextReader.ReadAsString, for members and entries of type string. False where it throws; null
// leaves what is there (NullValueHandling.Ignore).
bool read_text(const JsonNode& value, std::string& out) {
  if (value.is(JsonNode::Kind::kNull)) {
    return true;
  }
  if (!is_scalar(value)) {
    return false;
  }
  out = value.is(JsonNode::Kind::kBool) ? (value.flag ? "true" : "false") : value.text;
  return true;
}

// An empty text in the place of a list or object is null (CoerceEmptyStringToNull).
bool is_null(const JsonNode& value) {
  return value.is(JsonNode::Kind::kNull) ||
         (value.is(JsonNode::Kind::kString) && value.text.empty());
}

bool read_list(const JsonNode& value, std::vector<std::string>& out) {
  if (!value.is(JsonNode::Kind::kArray)) {
    return is_null(value);
  }
  for (const JsonNode& item : value.items) {
    if (!read_text(item, out.emplace_back())) {
      return false;
    }
  }
  return true;
}

// False where Newtonsoft.Json throws.
bool read_member(const JsonMember& member, JsonWebKey& key) {
  if (const auto text = JsonWebKey::text_member(member.name)) {
    return read_text(member.value, key.*text);
  }
  if (const auto list = JsonWebKey::list_member(member.name)) {
    return read_list(member.value, key.*list);
  }
  if (member.value.is(JsonNode::Kind::kString)) {
    key.add_additional(member.name, member.value.text);
  }
  return true;
}

bool read_newtonsoft_keys(const JsonNode& list, const LibraryTraits& traits,
                          KeyDocument& document) {
  if (!list.is(JsonNode::Kind::kArray)) {
    return is_null(list);
  }
  for (const JsonNode& item : list.items) {
    if (!item.is(JsonNode::Kind::kObject)) {
      return false;  // no conversion to JsonWebKey; a null entry breaks GetSigningKeys
    }
    JsonWebKey key;
    for (const JsonMember& member : item.members) {
      if (!read_member(member, key)) {
        return false;
      }
    }
    add_signing_keys(key, traits, document.keys);
  }
  return true;
}

KeyDocument read_newtonsoft(std::string_view text, const LibraryTraits& traits) {
  constexpr std::string_view kError = "IDX20803";
  const auto root = parse_dotnet_json(text, traits.json);
  if (!root || !root->is(JsonNode::Kind::kObject)) {
    return {std::string(kError), {}};
  }
  KeyDocument document;
  for (const JsonMember& member : root->members) {
    if (base::iequals(member.name, "keys") &&
        !read_newtonsoft_keys(member.value, traits, document)) {
      return {std::string(kError), {}};
    }
  }
  return document;
}

// OpenIddict looks members up by their exact names and takes any scalar as text.
bool read_openiddict_key(const JsonNode& item, JsonWebKey& key) {
  if (!item.is(JsonNode::Kind::kObject)) {
    return false;
  }
  struct Member {
    std::string_view name;
    JsonWebKey::Text field;
  };
  constexpr std::array<Member, 9> kRead{{{"kty", &JsonWebKey::kty},
                                         {"kid", &JsonWebKey::kid},
                                         {"use", &JsonWebKey::use},
                                         {"crv", &JsonWebKey::crv},
                                         {"n", &JsonWebKey::n},
                                         {"e", &JsonWebKey::e},
                                         {"x", &JsonWebKey::x},
                                         {"y", &JsonWebKey::y},
                                         {"x5t", &JsonWebKey::x5t}}};
  for (const Member& member : kRead) {
    if (const JsonNode* value = item.find(member.name); value != nullptr && is_scalar(*value)) {
      read_text(*value, key.*member.field);
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

}  // namespace

KeyDocument read_key_set(std::string_view text, const LibraryTraits& traits) {
  return traits.json.lenient ? read_newtonsoft(text, traits) : read_json_web_key_set(text, traits);
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
    JsonWebKey raw;
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
    add_signing_keys(raw, traits, document.keys);
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
    JsonWebKey raw;
    for (const JsonMember& member : node->members) {
      if (!read_member(member, raw)) {
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
      add_signing_keys(raw, traits, keys);
    }
  }
  return keys;
}

}  // namespace idpwatch::validators
