#include "validators/core/signature.hpp"

#include "base/owned.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <array>
#include <utility>

namespace idpwatch::validators {
namespace {

using BnPtr = base::Owned<BIGNUM, BN_free>;
using KeyPtr = base::Owned<EVP_PKEY, EVP_PKEY_free>;
using KeyContextPtr = base::Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using DigestContextPtr = base::Owned<EVP_MD_CTX, EVP_MD_CTX_free>;
using BuilderPtr = base::Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using ParamsPtr = base::Owned<OSSL_PARAM, OSSL_PARAM_free>;
using EcSigPtr = base::Owned<ECDSA_SIG, ECDSA_SIG_free>;

const unsigned char* octets(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

BnPtr number(std::string_view octets_text) {
  return BnPtr(BN_bin2bn(octets(octets_text), static_cast<int>(octets_text.size()), nullptr));
}

KeyPtr from_params(const char* type, OSSL_PARAM* params) {
  const KeyContextPtr context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* made = nullptr;
  if (!context || params == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, params) != 1) {
    return nullptr;
  }
  return KeyPtr(made);
}

KeyPtr rsa_key(std::string_view n, std::string_view e) {
  const BuilderPtr builder(OSSL_PARAM_BLD_new());
  const BnPtr modulus = number(n);
  const BnPtr exponent = number(e);
  // .NET's import refuses an even exponent and one below 3.
  if (!builder || !modulus || !exponent || BN_is_zero(modulus.get()) ||
      !BN_is_odd(exponent.get()) || BN_is_one(exponent.get()) ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) != 1) {
    return nullptr;
  }
  const ParamsPtr params(OSSL_PARAM_BLD_to_param(builder.get()));
  return from_params("RSA", params.get());
}

struct Curve {
  std::string_view crv;
  const char* group;
  std::size_t size;
};
constexpr std::array<Curve, 4> kCurves{{{"P-256", "prime256v1", 32},
                                        {"P-384", "secp384r1", 48},
                                        {"P-521", "secp521r1", 66},
                                        {"secp256k1", "secp256k1", 32}}};

const Curve* curve_of(std::string_view crv) {
  for (const Curve& curve : kCurves) {
    if (curve.crv == crv) {
      return &curve;
    }
  }
  return nullptr;
}

// Left-padded or stripped to exactly `size` octets; empty when the number is too large.
std::string sized(std::string_view value, std::size_t size) {
  while (value.size() > size && value.front() == '\0') {
    value.remove_prefix(1);
  }
  return value.size() > size ? std::string()
                             : std::string(size - value.size(), '\0') + std::string(value);
}

KeyPtr ec_key(std::string_view crv, std::string_view x, std::string_view y) {
  const Curve* curve = curve_of(crv);
  if (curve == nullptr) {
    return nullptr;
  }
  const std::string point = "\x04" + sized(x, curve->size) + sized(y, curve->size);
  const BuilderPtr builder(OSSL_PARAM_BLD_new());
  if (!builder || point.size() != 1 + 2 * curve->size ||
      OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve->group, 0) !=
          1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                       point.size()) != 1) {
    return nullptr;
  }
  const ParamsPtr params(OSSL_PARAM_BLD_to_param(builder.get()));
  return from_params("EC", params.get());
}

// ECDSA signatures of a JWS are r and s side by side; OpenSSL wants them in DER.
std::string der_signature(std::string_view crv, std::string_view raw) {
  const Curve* curve = curve_of(crv);
  if (curve == nullptr || raw.size() != 2 * curve->size) {
    return {};
  }
  const EcSigPtr signature(ECDSA_SIG_new());
  BnPtr r = number(raw.substr(0, curve->size));
  BnPtr s = number(raw.substr(curve->size));
  if (!signature || !r || !s) {
    return {};
  }
  ECDSA_SIG_set0(signature.get(), r.release(), s.release());  // fails on null alone
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &der);
  std::string out =
      size > 0 ? std::string(reinterpret_cast<char*>(der), static_cast<std::size_t>(size)) : "";
  OPENSSL_free(der);
  return out;
}

constexpr std::size_t kNameSize = 5;  // "RS256"

const EVP_MD* digest(std::string_view algorithm) {
  const std::string_view size = algorithm.substr(2);
  return size == "256" ? EVP_sha256() : size == "384" ? EVP_sha384() : EVP_sha512();
}

bool verify_with(EVP_PKEY* key, std::string_view algorithm, std::string_view input,
                 std::string_view signature) {
  const DigestContextPtr context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* key_context = nullptr;  // owned by context
  if (!context || signature.empty() ||
      EVP_DigestVerifyInit(context.get(), &key_context, digest(algorithm), nullptr, key) != 1) {
    return false;
  }
  if (algorithm.starts_with("PS") &&
      (EVP_PKEY_CTX_set_rsa_padding(key_context, RSA_PKCS1_PSS_PADDING) != 1 ||
       EVP_PKEY_CTX_set_rsa_pss_saltlen(key_context, RSA_PSS_SALTLEN_DIGEST) != 1)) {
    return false;
  }
  return EVP_DigestVerify(context.get(), octets(signature), signature.size(), octets(input),
                          input.size()) == 1;
}

bool verify_okp(const SigningKey& key, std::string_view input, std::string_view signature) {
  const KeyPtr made(EVP_PKEY_new_raw_public_key_ex(
      nullptr, key.crv == "Ed448" ? "ED448" : "ED25519", nullptr, octets(key.x), key.x.size()));
  const DigestContextPtr context(EVP_MD_CTX_new());
  return made && context &&
         EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, made.get()) == 1 &&
         EVP_DigestVerify(context.get(), octets(signature), signature.size(), octets(input),
                          input.size()) == 1;
}

bool verify_hmac(std::string_view secret, std::string_view algorithm, std::string_view input,
                 std::string_view signature) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> code{};
  unsigned size = 0;
  return HMAC(digest(algorithm), secret.data(), static_cast<int>(secret.size()), octets(input),
              input.size(), code.data(), &size) != nullptr &&
         size == signature.size() && CRYPTO_memcmp(code.data(), signature.data(), size) == 0;
}

class RealSignatures final : public SignatureOracle {
 public:
  [[nodiscard]] bool verify(const SigningKey& key, std::string_view algorithm,
                            const SignedParts& parts) const override {
    if (!parts.signed_by.empty()) {
      return parts.signed_by == key.thumbprint;
    }
    const bool okp = algorithm == "EdDSA" || algorithm == "Ed25519";
    if (okp || key.kind == SigningKey::Kind::kOkp) {
      return okp && key.kind == SigningKey::Kind::kOkp &&
             verify_okp(key, parts.signing_input, parts.signature);
    }
    // That curve goes with that name alone.
    if ((algorithm == "ES256K") != (key.crv == "secp256k1")) {
      return false;
    }
    if (algorithm == "ES256K") algorithm = "ES256";
    if (algorithm.size() != kNameSize) {
      return false;
    }
    const bool symmetric = algorithm.starts_with("HS");
    if (symmetric || key.kind == SigningKey::Kind::kSymmetric) {
      return symmetric && key.kind == SigningKey::Kind::kSymmetric &&
             verify_hmac(key.secret, algorithm, parts.signing_input, parts.signature);
    }
    const bool elliptic = algorithm.starts_with("ES");
    if (elliptic != (key.kind == SigningKey::Kind::kEc)) {
      return false;
    }
    if (elliptic) {
      const KeyPtr made = ec_key(key.crv, key.x, key.y);
      return made && verify_with(made.get(), algorithm, parts.signing_input,
                                 der_signature(key.crv, parts.signature));
    }
    const KeyPtr made = rsa_key(key.n, key.e);
    return made && verify_with(made.get(), algorithm, parts.signing_input, parts.signature);
  }
};

}  // namespace

const SignatureOracle& real_signatures() {
  static const RealSignatures oracle;
  return oracle;
}

bool is_on_curve(std::string_view crv, std::string_view x, std::string_view y) {
  return ec_key(crv, x, y) != nullptr;
}

}  // namespace idpwatch::validators
