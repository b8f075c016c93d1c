// A key as a validator holds it after it has read a key set, or was given it: public material,
// ready to verify with, and the labels by which it is found.
#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace idpwatch::validators {

struct SigningKey {
  enum class Kind {
    kRsa,
    kCertificate,  // X509SecurityKey: RSA from x5c, found by kid without regard to case, or by x5t
    kEc,
    kOkp,  // Ed25519, Ed448
    kSymmetric,
    kAkp,  // ML-DSA (Microsoft.IdentityModel 8.23 on .NET 10)
  };
  Kind kind = Kind::kRsa;
  std::string kid;  // empty = none
  std::string alg;  // as published; JwtBearer ignores it, others do not
  std::string crv;
  std::string n, e, x, y, secret;                      // raw octets as decoded, not normalised
  std::string x5t;                                     // of a kCertificate
  std::string issuer;                                  // the JWK's own "issuer" (Entra)
  std::optional<base::Instant> not_before, not_after;  // of a kCertificate
  unsigned bits = 0;
  std::string thumbprint;  // RFC 7638 over normalised members; empty for a symmetric key
};

// The RSA key and the validity inside a DER certificate; nullopt when it does not parse.
// `is_rsa` false leaves n and e empty: .NET takes the certificate and then verifies nothing by it.
struct Certificate {
  bool is_rsa = false;
  std::string n, e, x5t;
  base::Instant not_before, not_after;
};
std::optional<Certificate> read_certificate(std::string_view der);

// The point is on the curve ("P-256", "P-384", "P-521", "secp256k1").
bool is_on_curve(std::string_view crv, std::string_view x, std::string_view y);

// Fills bits and thumbprint from the other members.
void identify(SigningKey& key);

}  // namespace idpwatch::validators
