#include "demo/throwaway_ca.hpp"

#include "base/encoding.hpp"
#include "base/json.hpp"
#include "base/owned.hpp"
#include "model/jwk.hpp"

#include <nlohmann/json.hpp>
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>

namespace idpwatch::demo {

namespace {

using Key = base::Owned<EVP_PKEY, EVP_PKEY_free>;
using Certificate = base::Owned<X509, X509_free>;
using Memory = base::Owned<BIO, BIO_free>;

constexpr long kDaySeconds = 24L * 60 * 60;

std::string text_of(BIO* memory) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory, &data);
  return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

std::string to_pem(X509* certificate) {
  const Memory memory(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(memory.get(), certificate);
  return text_of(memory.get());
}

std::string to_pem(EVP_PKEY* key) {
  const Memory memory(BIO_new(BIO_s_mem()));
  PEM_write_bio_PrivateKey(memory.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  return text_of(memory.get());
}

void name(X509_NAME* subject, const char* common_name) {
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(common_name), -1, -1, 0);
}

bool extend(X509* certificate, X509* issuer, int id, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const base::Owned<X509_EXTENSION, X509_EXTENSION_free> extension(
      X509V3_EXT_conf_nid(nullptr, &context, id, value));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

Certificate blank(EVP_PKEY* key, const char* common_name, long serial, base::Instant now) {
  Certificate certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial);
  const auto start = static_cast<time_t>(base::to_unix_seconds(now) - kDaySeconds);
  ASN1_TIME_set(X509_getm_notBefore(certificate.get()), start);
  ASN1_TIME_set(X509_getm_notAfter(certificate.get()), start + 2 * kDaySeconds);
  X509_set_pubkey(certificate.get(), key);
  name(X509_get_subject_name(certificate.get()), common_name);
  return certificate;
}

base::Error refused(const char* what) {
  return base::make_error(base::ErrorKind::kInternal, std::string("OpenSSL would not ") + what);
}

std::string coordinate(EVP_PKEY* key, const char* parameter) {
  BIGNUM* number = nullptr;
  if (EVP_PKEY_get_bn_param(key, parameter, &number) != 1) return {};
  std::array<unsigned char, 32> bytes{};
  BN_bn2binpad(number, bytes.data(), static_cast<int>(bytes.size()));
  BN_free(number);
  return base::base64url_encode({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace

base::Result<ThrowawayTls> make_throwaway_tls(base::Instant now) {
  const Key ca_key(EVP_EC_gen("P-256"));
  const Key leaf_key(EVP_EC_gen("P-256"));
  if (!ca_key || !leaf_key) return base::fail(refused("make a key"));

  const Certificate ca = blank(ca_key.get(), "idpwatch demo throw-away CA", 1, now);
  X509_set_issuer_name(ca.get(), X509_get_subject_name(ca.get()));
  const Certificate leaf = blank(leaf_key.get(), "127.0.0.1", 2, now);
  X509_set_issuer_name(leaf.get(), X509_get_subject_name(ca.get()));
  if (!extend(ca.get(), ca.get(), NID_basic_constraints, "critical,CA:TRUE") ||
      !extend(leaf.get(), ca.get(), NID_subject_alt_name, "IP:127.0.0.1") ||
      X509_sign(ca.get(), ca_key.get(), EVP_sha256()) == 0 ||
      X509_sign(leaf.get(), ca_key.get(), EVP_sha256()) == 0) {
    return base::fail(refused("sign a certificate"));
  }
  return ThrowawayTls{to_pem(ca.get()), to_pem(leaf.get()), to_pem(leaf_key.get())};
}

base::Result<DemoKey> make_demo_key(const std::string& kid) {
  const Key key(EVP_EC_gen("P-256"));
  if (!key) return base::fail(refused("make a key"));
  const base::Json jwk = {{"kty", "EC"},
                          {"crv", "P-256"},
                          {"use", "sig"},
                          {"alg", "ES256"},
                          {"kid", kid},
                          {"x", coordinate(key.get(), OSSL_PKEY_PARAM_EC_PUB_X)},
                          {"y", coordinate(key.get(), OSSL_PKEY_PARAM_EC_PUB_Y)}};
  return DemoKey{jwk.dump(), model::parse_jwk(jwk).thumbprint};
}

}  // namespace idpwatch::demo
