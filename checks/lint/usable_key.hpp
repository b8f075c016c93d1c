// Whether a published key can verify a token's signature (discovery lint rule JWKS-02). Pure.
#pragma once

#include "model/jwk.hpp"

#include <string>
#include <string_view>

namespace idpwatch::checks {

// Empty: usable. Else why not: "use is enc", "kty is not known", ...
std::string why_unusable(const model::Jwk& key);

// The key could have made a signature with this algorithm (RFC 7518 section 3.1, RFC 8037, RFC
// 8812): its type and curve fit, and its own alg, if any, is that one.
bool fits_algorithm(const model::Jwk& key, std::string_view algorithm);

}  // namespace idpwatch::checks
