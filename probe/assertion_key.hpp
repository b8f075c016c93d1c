// Signs a client assertion (RFC 7523) with a private key in PEM, by OpenSSL: RS, PS and ES with
// 256, 384 and 512, ES256K, EdDSA. Keys and what they sign are never logged; errors say nothing of
// their content. Safe from every thread.
#pragma once

#include "base/result.hpp"

#include <memory>
#include <string>
#include <string_view>

struct evp_pkey_st;

namespace idpwatch::probe {

class AssertionKey {
 public:
  // kInput: it is no private key in PEM, or needs a passphrase.
  static base::Result<AssertionKey> read(std::string_view pem);

  // RS256, or what the curve asks for.
  [[nodiscard]] std::string usual_algorithm() const;
  // The octets as JWS wants them (RFC 7518 section 3). kInput: the key cannot sign so.
  [[nodiscard]] base::Result<std::string> sign(const std::string& algorithm,
                                               std::string_view input) const;

 private:
  explicit AssertionKey(std::shared_ptr<evp_pkey_st> key) : key_(std::move(key)) {}
  std::shared_ptr<evp_pkey_st> key_;
};

// Thumbprints of a certificate in PEM, as a JWS header has them (RFC 7515 sections 4.1.7, 4.1.8).
struct CertificateThumbprints {
  std::string x5t, x5t_s256;
};
base::Result<CertificateThumbprints> certificate_thumbprints(std::string_view pem);

}  // namespace idpwatch::probe
