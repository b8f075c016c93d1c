// Octets and texts as Node.js reads them: Buffer, TextDecoder, atob.
#pragma once

#include "validators/dotnet/dotnet_json.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace idpwatch::validators {

// JSON.parse: strict JSON, as the newer parser of .NET has it; but no deeper than 64, and no half
// surrogate pairs.
std::optional<JsonNode> parse_javascript_json(std::string_view text);

// Buffer.from(text, "base64"): either alphabet; what is no letter of it is passed over; nothing
// fails.
std::string buffer_from_base64(std::string_view text);

// base64url by atob: white space is passed over, padding may be there or not; nullopt where it
// throws, as for a letter of the other alphabet.
std::optional<std::string> atob_base64url(std::string_view text);

// TextDecoder: without its byte order mark, and with U+FFFD for what is no UTF-8.
std::string decoded_utf8(std::string_view octets);
// The one with `fatal`: nullopt for what is no UTF-8.
std::optional<std::string> strictly_decoded_utf8(std::string_view octets);

}  // namespace idpwatch::validators
