// The RSA key inside an X.509 certificate: what a JWK with x5c and without n and e stands for.
#pragma once

#include <optional>
#include <string>
#include <string_view>

struct evp_pkey_st;  // EVP_PKEY of OpenSSL

namespace idpwatch::model {

struct RsaNumbers {
  std::string n, e;  // big-endian octets
};

// nullopt: no RSA key.
[[nodiscard]] std::optional<RsaNumbers> rsa_numbers(const evp_pkey_st* key);
// nullopt: no certificate, or none of an RSA key.
[[nodiscard]] std::optional<RsaNumbers> rsa_of_certificate(std::string_view der);

}  // namespace idpwatch::model
