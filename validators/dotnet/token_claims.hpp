// Claims of a token's header and payload out of parsed JSON, with the conversions of the library's
// generations. A part of the token readers.
#pragma once

#include "validators/core/token_view.hpp"
#include "validators/dotnet/dotnet_json.hpp"
#include "validators/dotnet/identity_model.hpp"

namespace idpwatch::validators {

// Those that return bool: false where the library throws while it reads.

// JsonWebToken.
bool read_typed_header(const JsonNode& header, TokenView& token);
// JwtHeader of 7.0 and newer.
void read_strict_header(const JsonNode& header, const LibraryTraits& traits, TokenView& token);
// `typed`: JsonWebToken, which types azp; otherwise JwtPayload, which keeps nulls in aud.
bool read_strict_payload(const JsonNode& payload, bool typed, const LibraryTraits& traits,
                         TokenView& token);
// Newtonsoft's objects: nothing throws while reading, some of it later (times_throw).
void read_lenient_header(const JsonNode& header, TokenView& token);
void read_lenient_payload(const JsonNode& payload, TokenView& token);

}  // namespace idpwatch::validators
