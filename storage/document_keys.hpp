// The keys that a stored JWKS holds, as `keys` shows them.
#pragma once

#include "storage/reader.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::storage {

// The decodable keys of a document, one of each (thumbprint, kid), without times. Empty text:
// nothing is known.
std::vector<KeyView> keys_of_document(std::string_view bytes);

// Equal for documents that hold the same keys, in whatever order and with whatever else.
std::string key_set_identity(std::string_view bytes);

}  // namespace idpwatch::storage
