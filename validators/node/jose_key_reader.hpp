// JSON Web Keys as jose imports them, by Node's crypto or by WebCrypto. A part of jose_keys.
#pragma once

#include "validators/node/jose_keys.hpp"

namespace idpwatch::validators {

// crypto.subtle.importKey with key operations that a public key has not.
JoseError unusable_operations(const JoseKey& key);

}  // namespace idpwatch::validators
