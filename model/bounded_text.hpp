// Texts that an authority chooses, cut to what is worth keeping: what is too long keeps its
// beginning and is told apart by the digest of the whole.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace idpwatch::model {

// Of a kid, an algorithm, a curve. A token with a longer kid fits into no request header.
inline constexpr std::size_t kLabelBytesMax = 1024;

// Not longer than `limit`, which must have room for a digest; "<beginning>... sha256:<hex>".
std::string bounded_text(std::string_view text, std::size_t limit = kLabelBytesMax);

// A key with its certificates has some thousand bytes.
inline constexpr std::size_t kMembersBytesMax = std::size_t{32} * 1024;

// A JSON text, or an object with its digest in place of one that nobody would read: equal ones stay
// equal.
std::string bounded_json(std::string text, std::size_t limit = kMembersBytesMax);

}  // namespace idpwatch::model
