// base64, base64url and hex. Bytes are std::string throughout the project.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace idpwatch::base {

// RFC 4648 section 5, without padding.
std::string base64url_encode(std::string_view bytes);
// Strict: the alphabet of section 5, no padding, no white space, no dangling bits check.
std::optional<std::string> base64url_decode(std::string_view text);
// What real documents hold: either alphabet, padding or none, white space and CR LF skipped
// (facts of 381 public providers). nullopt for any other character or a length of 4n+1.
std::optional<std::string> base64_decode_lenient(std::string_view text);
// RFC 4648 section 4, with padding.
std::string base64_encode(std::string_view bytes);
// Lower case.
std::string hex_encode(std::string_view bytes);
std::optional<std::string> hex_decode(std::string_view text);

}  // namespace idpwatch::base
