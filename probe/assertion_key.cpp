#include "probe/assertion_key.hpp"

#include "base/digest.hpp"
#include "base/encoding.hpp"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <array>
#include <utility>

namespace idpwatch::probe {
namespace {

using BioPtr = std::unique_ptr<BIO, decltype(&BIO_free)>;
using CertificatePtr = std::unique_ptr<X509, decltype(&X509_free)>;
using ContextPtr = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;
using EcSignaturePtr = std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)>;

BioPtr bio_of(std::string_view bytes) {
  return {BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())), &BIO_free};
}

// Nobody is there to be asked for one.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*user*/) { return -1; }

std::string curve_of(const EVP_PKEY* key) {
  std::array<char, 64> name{};
  std::size_t size = 0;
  if (EVP_PKEY_get_group_name(key, name.data(), name.size(), &size) != 1) return {};
  return {name.data(), size};
}

struct Curve {
  std::string_view name, algorithm;
  int octets;  // of one number of a signature
};
constexpr std::array kCurves{Curve{"prime256v1", "ES256", 32}, Curve{"secp384r1", "ES384", 48},
                             Curve{"secp521r1", "ES512", 66}, Curve{"secp256k1", "ES256K", 32}};

const Curve* known_curve(const EVP_PKEY* key) {
  const std::string name = curve_of(key);
  for (const Curve& one : kCurves) {
    if (one.name == name) return &one;
  }
  return nullptr;
}

const EVP_MD* digest_of(std::string_view algorithm) {
  if (algorithm.ends_with("256") || algorithm == "ES256K") return EVP_sha256();
  if (algorithm.ends_with("384")) return EVP_sha384();
  return algorithm.ends_with("512") ? EVP_sha512() : nullptr;
}

// RFC 7518, section 3.4: two numbers of fixed size instead of ASN.1.
std::string joined_numbers(std::string_view der, int octets) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const EcSignaturePtr signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())),
                                 &ECDSA_SIG_free);
  if (!signature) return {};
  std::string out(static_cast<std::size_t>(octets) * 2, '\0');
  auto* bytes = reinterpret_cast<unsigned char*>(out.data());
  const bool fits =
      BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), bytes, octets) == octets &&
      BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), bytes + octets, octets) == octets;
  return fits ? out : std::string();
}

bool fits(const EVP_PKEY* key, const std::string& algorithm) {
  const int type = EVP_PKEY_get_base_id(key);
  if (algorithm == "EdDSA") return type == EVP_PKEY_ED25519 || type == EVP_PKEY_ED448;
  if (algorithm.starts_with("RS") || algorithm.starts_with("PS")) return type == EVP_PKEY_RSA;
  const Curve* curve = type == EVP_PKEY_EC ? known_curve(key) : nullptr;
  return curve != nullptr && curve->algorithm == algorithm;
}

std::string raw_signature(EVP_PKEY* key, const std::string& algorithm, std::string_view input) {
  const ContextPtr context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  EVP_PKEY_CTX* parameters = nullptr;
  if (!context ||
      EVP_DigestSignInit(context.get(), &parameters, digest_of(algorithm), nullptr, key) != 1) {
    return {};
  }
  if (algorithm.starts_with("PS") &&
      (EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) <= 0 ||
       EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) <= 0)) {
    return {};
  }
  const auto* bytes = reinterpret_cast<const unsigned char*>(input.data());
  std::size_t size = 0;
  if (EVP_DigestSign(context.get(), nullptr, &size, bytes, input.size()) != 1) return {};
  std::string out(size, '\0');
  auto* to = reinterpret_cast<unsigned char*>(out.data());
  if (EVP_DigestSign(context.get(), to, &size, bytes, input.size()) != 1) return {};
  out.resize(size);
  return out;
}

}  // namespace

base::Result<AssertionKey> AssertionKey::read(std::string_view pem) {
  const BioPtr bio = bio_of(pem);
  EVP_PKEY* key = PEM_read_bio_PrivateKey(bio.get(), nullptr, &no_passphrase, nullptr);
  ERR_clear_error();
  if (key == nullptr) {
    return base::fail(base::ErrorKind::kInput, "the file is not a private key in PEM",
                      "write an unencrypted key: openssl pkey -in KEY -out NEW");
  }
  return AssertionKey(std::shared_ptr<EVP_PKEY>(key, &EVP_PKEY_free));
}

std::string AssertionKey::usual_algorithm() const {
  const int type = EVP_PKEY_get_base_id(key_.get());
  if (type == EVP_PKEY_ED25519 || type == EVP_PKEY_ED448) return "EdDSA";
  const Curve* curve = type == EVP_PKEY_EC ? known_curve(key_.get()) : nullptr;
  return curve == nullptr ? "RS256" : std::string(curve->algorithm);
}

base::Result<std::string> AssertionKey::sign(const std::string& algorithm,
                                             std::string_view input) const {
  std::string signature;
  if (fits(key_.get(), algorithm)) {
    signature = raw_signature(key_.get(), algorithm, input);
    if (algorithm.starts_with("ES")) {
      signature = joined_numbers(signature, known_curve(key_.get())->octets);
    }
  }
  ERR_clear_error();
  if (signature.empty()) {
    return base::fail(base::ErrorKind::kInput, "this private key cannot sign with " + algorithm,
                      "leave alg out, or give the one that fits the key");
  }
  return signature;
}

base::Result<CertificateThumbprints> certificate_thumbprints(std::string_view pem) {
  const BioPtr bio = bio_of(pem);
  const CertificatePtr certificate(PEM_read_bio_X509(bio.get(), nullptr, &no_passphrase, nullptr),
                                   &X509_free);
  ERR_clear_error();
  unsigned char* der = nullptr;
  const int size = certificate ? i2d_X509(certificate.get(), &der) : -1;
  if (size <= 0) {
    return base::fail(base::ErrorKind::kInput, "the file is not a certificate in PEM", "");
  }
  const std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return CertificateThumbprints{base::base64url_encode(base::sha1(bytes)),
                                base::base64url_encode(base::sha256(bytes))};
}

}  // namespace idpwatch::probe
