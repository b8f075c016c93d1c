// Whether a token's signature fits a key of a set, by OpenSSL: RS, PS and ES with 256, 384 and 512,
// ES256K, EdDSA. Bounded: the keys with the token's kid, and some of the others. Pure.
#pragma once

#include "checks/token/token_form.hpp"
#include "explain/explanation.hpp"
#include "model/jwk.hpp"

#include <vector>

namespace idpwatch::explain {

SignatureFact verify_signature(const checks::TokenForm& form, const std::vector<model::Jwk>& keys);

}  // namespace idpwatch::explain
