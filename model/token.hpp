// A JWT in compact serialisation (RFC 7519, 7515) as a value: taken apart and decoded as far as it
// goes, without a judgement. Never logged or stored: tokens are secrets.
//
// Lenient on purpose, since it explains what others refuse; how a given library reads a token is
// the matter of validators/. Pure, bounded by kTokenBytesMax.
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::model {

inline constexpr std::size_t kTokenBytesMax = 256UL * 1024;

struct Token {
  std::string header;         // decoded octets of the first part, JSON as it came
  std::string payload;        // of the second; empty for an encrypted token
  std::string signature;      // raw octets; empty = unsigned
  std::string signing_input;  // "header.payload" as it came
  bool encrypted = false;     // five parts

  // Of the header.
  std::optional<std::string> alg, kid, typ, x5t;
  // Of the payload. Times are Unix seconds, fractions cut; nullopt = absent or not a number.
  std::optional<std::string> issuer, subject, tenant_id, version;
  std::vector<std::string> audiences;
  std::optional<std::int64_t> expires, not_before, issued_at;
};

// kInput: too large, not three or five parts, a part that is no base64url, a header or payload that
// is not a JSON object. "Bearer " in front and white space around are taken off.
base::Result<Token> parse_token(std::string_view text);

}  // namespace idpwatch::model
