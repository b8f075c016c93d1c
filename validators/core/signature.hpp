// Who says whether a signature fits a key: real cryptography (OpenSSL), or equality of
// thumbprints where a token is synthetic (the forecast has no private keys).
//
// What a library refuses before any cryptography (algorithms, sizes) is decided by the caller.
#pragma once

#include "validators/core/signing_key.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace idpwatch::validators {

// What is verified: a JWS as it came, or a synthetic one that says whose signature it bears.
struct SignedParts {
  std::string signing_input;  // "header.payload" as it came
  std::string signature;      // raw octets
  std::string signed_by;      // thumbprint; set = synthetic
};

class SignatureOracle {
 public:
  virtual ~SignatureOracle() = default;
  // `algorithm` is a JWS name ("RS256"): RS, PS, ES and HS with 256, 384, 512, ES256K, EdDSA and
  // Ed25519; anything else is false.
  [[nodiscard]] virtual bool verify(const SigningKey& key, std::string_view algorithm,
                                    const SignedParts& parts) const = 0;
};

// Imagined signatures by thumbprint, all others by OpenSSL. Elliptic keys verify with any of the
// three hashes, as ECDsa.VerifyData of .NET does. Thread-safe.
const SignatureOracle& real_signatures();

}  // namespace idpwatch::validators
