#include "storage/document_keys.hpp"

#include "base/digest.hpp"
#include "base/json.hpp"
#include "model/jwk.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace idpwatch::storage {

namespace {

KeyView view_of(const model::Jwk& key) {
  KeyView view;
  view.kid = key.kid;
  view.thumbprint = key.thumbprint;
  view.kty = key.kty;
  view.crv = key.crv;
  view.alg = key.alg.value_or(std::string());
  view.use = key.use.value_or(std::string());
  view.bits = key.bits;
  return view;
}

}  // namespace

std::vector<KeyView> keys_of_document(std::string_view bytes) {
  std::vector<KeyView> out;
  const base::Result<base::JsonDocument> document =
      base::parse_json(bytes, {.bytes = bytes.size(), .depth = 64});
  if (!document) return out;
  const base::Result<model::KeySet> set = model::parse_key_set(*document->value);
  if (!set) return out;
  for (const model::Jwk& key : set->keys) {
    if (!key.decodable()) continue;
    const bool repeated = std::any_of(out.begin(), out.end(), [&key](const KeyView& known) {
      return known.thumbprint == key.thumbprint && known.kid == key.kid;
    });
    if (!repeated) out.push_back(view_of(key));
  }
  return out;
}

std::string key_set_identity(std::string_view bytes) {
  std::vector<std::string> keys;
  for (const KeyView& key : keys_of_document(bytes)) {
    keys.push_back(base::canonical_json({{"alg", key.alg},
                                         {"bits", key.bits},
                                         {"crv", key.crv},
                                         {"kid", key.kid ? base::Json(*key.kid) : base::Json()},
                                         {"kty", key.kty},
                                         {"thumbprint", key.thumbprint},
                                         {"use", key.use}}));
  }
  std::ranges::sort(keys);
  return base::sha256(base::canonical_json(keys));
}

}  // namespace idpwatch::storage
