// Decoding the material of a key: base64url texts -> normalised octets, and what was odd about
// them. For .cpp files of model only.
#pragma once

#include "model/jwk.hpp"

#include <nlohmann/json_fwd.hpp>

namespace idpwatch::model {

// Fills type, crv, n, e, x, y, k_redacted, bits and oddities from the members of `element`. False:
// the key is not decodable (its kty, its curve or its material). `element` holds no plain secret.
bool decode_material(const nlohmann::json& element, Jwk& key);

}  // namespace idpwatch::model
