#include "model/certificate_key.hpp"

#include "base/owned.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

namespace idpwatch::model {

namespace {

using CertificatePtr = base::Owned<X509, X509_free>;
using BnPtr = base::Owned<BIGNUM, BN_free>;

std::string number(const EVP_PKEY* key, const char* name) {
  BIGNUM* raw = nullptr;
  if (EVP_PKEY_get_bn_param(key, name, &raw) != 1) return {};
  const BnPtr held(raw);
  std::string octets(static_cast<std::size_t>(BN_num_bytes(raw)), '\0');
  BN_bn2bin(raw, reinterpret_cast<unsigned char*>(octets.data()));
  return octets;
}

}  // namespace

std::optional<RsaNumbers> rsa_numbers(const evp_pkey_st* key) {
  if (key == nullptr || EVP_PKEY_is_a(key, "RSA") != 1) return std::nullopt;
  return RsaNumbers{number(key, OSSL_PKEY_PARAM_RSA_N), number(key, OSSL_PKEY_PARAM_RSA_E)};
}

std::optional<RsaNumbers> rsa_of_certificate(std::string_view der) {
  const auto* data = reinterpret_cast<const unsigned char*>(der.data());
  const CertificatePtr certificate(d2i_X509(nullptr, &data, static_cast<long>(der.size())));
  return certificate ? rsa_numbers(X509_get0_pubkey(certificate.get())) : std::nullopt;
}

}  // namespace idpwatch::model
