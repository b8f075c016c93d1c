#include "model/jwk.hpp"

#include "base/json.hpp"
#include "model/bounded_text.hpp"
#include "model/json_members.hpp"
#include "model/jwk_material.hpp"
#include "model/key_metadata.hpp"
#include "model/redact.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace idpwatch::model {

namespace {

using nlohmann::json;

constexpr std::string_view kWhiteSpace = " \t\r\n";

std::optional<std::string> optional_text(const json& element, std::string_view name) {
  const json* value = member(element, name);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return bounded_text(value->get_ref<const std::string&>());
}

// A label may be anything. null says as little as no kid.
void read_kid(const json& element, Jwk& key) {
  const json* value = member(element, "kid");
  if (value == nullptr) return;
  if (value->is_string()) {
    key.kid = bounded_text(value->get_ref<const std::string&>());
    return;
  }
  key.oddities.push_back(KeyOddity::kKidNotString);
  if (!value->is_null()) key.kid = bounded_text(base::canonical_json(*value));
}

void read_key_ops(const json& element, Jwk& key) {
  const json* value = member(element, "key_ops");
  if (value == nullptr || !value->is_array()) return;
  for (const json& operation : *value) {
    if (operation.is_string()) key.key_ops.push_back(operation.get<std::string>());
  }
}

void read_x5c(const json& element, Jwk& key) {
  const json* value = member(element, "x5c");
  if (value == nullptr || !value->is_array()) return;
  bool spaced = false;
  for (const json& certificate : *value) {
    if (!certificate.is_string()) continue;
    auto text = certificate.get<std::string>();
    const std::size_t erased =
        std::erase_if(text, [](char c) { return kWhiteSpace.find(c) != std::string_view::npos; });
    spaced = spaced || erased > 0;
    key.x5c.push_back(std::move(text));
  }
  if (spaced) key.oddities.push_back(KeyOddity::kX5cWhiteSpace);
}

Jwk read_element(const json& element) {
  Jwk key;
  key.kty = bounded_text(text_member(element, "kty"));
  key.alg = optional_text(element, "alg");
  key.use = optional_text(element, "use");
  read_kid(element, key);
  read_key_ops(element, key);
  read_x5c(element, key);
  key.members = bounded_json(base::canonical_json(element));
  key.metadata = bounded_json(key_metadata(element));
  if (decode_material(element, key)) key.thumbprint = thumbprint(key);
  return key;
}

}  // namespace

Jwk parse_jwk(const json& value) {
  if (!value.is_object()) {
    Jwk key;
    key.members = bounded_json(base::canonical_json(value));
    key.metadata = bounded_json(key_metadata(value));
    key.oddities.push_back(KeyOddity::kMissingMember);
    return key;
  }
  // Callers redact on receipt. One who did not must not leak secrets by a log or the store.
  if (!holds_plain_secret(value)) return read_element(value);
  json copy = value;
  std::vector<std::string> found;
  redact_element(copy, {}, found);
  return read_element(copy);
}

base::Result<KeySet> parse_key_set(const json& document) {
  if (!document.is_object()) {
    return base::fail(base::ErrorKind::kInput,
                      std::string("the key set is not a JSON object but ") + document.type_name(),
                      "RFC 7517 section 5: a JWK set is an object with a member \"keys\"");
  }
  const json* keys = member(document, "keys");
  if (keys == nullptr || !keys->is_array()) {
    return base::fail(base::ErrorKind::kInput,
                      keys == nullptr
                          ? std::string("the key set has no member \"keys\"")
                          : std::string("\"keys\" is not an array but ") + keys->type_name(),
                      "RFC 7517 section 5.1: \"keys\" is an array of keys");
  }
  KeySet set;
  set.keys.reserve(keys->size());
  for (const json& element : *keys) {
    if (element.is_object()) {
      set.keys.push_back(parse_jwk(element));
    } else {
      ++set.entries_not_objects;
    }
  }
  return set;
}

}  // namespace idpwatch::model
