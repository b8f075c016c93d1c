// Base64url as the decoders of Microsoft.IdentityModel take it. They differ in what they forgive,
// and a key or token that one of them forgives another one drops.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace idpwatch::validators {

// Letters, digits, "-" and "_", without padding, are always taken.
struct Base64Rules {
  bool standard_alphabet = true;  // "+" and "/" too
  bool padding = true;            // "=" at the end
  bool white_space = false;       // skipped before anything is counted
  // Skipped as well, but counted when padding is added (Convert.FromBase64String behind a length
  // computed before): harmless in groups of four alone.
  bool counted_white_space = true;
  bool unused_bits = true;      // the last character may carry bits that are lost
  bool empty_on_error = false;  // 7.0 to 7.5.0 ignore the failure and go on with no octets
};

std::optional<std::string> decode_base64(std::string_view text, const Base64Rules& rules);

}  // namespace idpwatch::validators
