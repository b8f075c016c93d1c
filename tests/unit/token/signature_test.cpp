// Every algorithm that explain verifies, by throw-away keys that the test makes.
#include "base/encoding.hpp"
#include "explain/token_signature.hpp"
#include "probe/assertion_key.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <array>
#include <cstring>
#include <memory>
#include <string>

namespace idpwatch::explain {
namespace {

using Is = SignatureFact::Is;
using KeyPtr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

std::string number(const EVP_PKEY* key, const char* name, int size = 0) {
  BIGNUM* value = nullptr;
  REQUIRE(EVP_PKEY_get_bn_param(key, name, &value) == 1);
  const int bytes = size > 0 ? size : BN_num_bytes(value);
  std::string out(static_cast<std::size_t>(bytes), '\0');
  BN_bn2binpad(value, reinterpret_cast<unsigned char*>(out.data()), bytes);
  BN_free(value);
  return base::base64url_encode(out);
}

nlohmann::json jwk_of(const EVP_PKEY* key, const std::string& curve, int size) {
  if (curve == "RSA") {
    return {{"kty", "RSA"},
            {"kid", "k"},
            {"n", number(key, OSSL_PKEY_PARAM_RSA_N)},
            {"e", number(key, OSSL_PKEY_PARAM_RSA_E)}};
  }
  if (curve == "Ed25519") {
    std::array<unsigned char, 32> raw{};
    std::size_t length = raw.size();
    REQUIRE(EVP_PKEY_get_raw_public_key(key, raw.data(), &length) == 1);
    return {{"kty", "OKP"},
            {"kid", "k"},
            {"crv", curve},
            {"x", base::base64url_encode({reinterpret_cast<const char*>(raw.data()), length})}};
  }
  return {{"kty", "EC"},
          {"kid", "k"},
          {"crv", curve},
          {"x", number(key, OSSL_PKEY_PARAM_EC_PUB_X, size)},
          {"y", number(key, OSSL_PKEY_PARAM_EC_PUB_Y, size)}};
}

std::string pem_of(EVP_PKEY* key) {
  BIO* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio, &bytes);
  std::string pem(bytes, static_cast<std::size_t>(size));
  BIO_free(bio);
  return pem;
}

struct Row {
  const char *algorithm, *curve;
  int size;
};

EVP_PKEY* make(const std::string& curve) {
  if (curve == "RSA") return EVP_RSA_gen(2048);
  if (curve == "Ed25519") return EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  return EVP_EC_gen(curve.c_str());
}

}  // namespace

TEST_CASE("a signature of each algorithm fits its key, and neither another key nor another text",
          "[signature]") {
  for (const Row& row :
       {Row{"RS256", "RSA", 0}, Row{"RS384", "RSA", 0}, Row{"RS512", "RSA", 0},
        Row{"PS256", "RSA", 0}, Row{"PS384", "RSA", 0}, Row{"PS512", "RSA", 0},
        Row{"ES256", "P-256", 32}, Row{"ES384", "P-384", 48}, Row{"ES512", "P-521", 66},
        Row{"ES256K", "secp256k1", 32}, Row{"EdDSA", "Ed25519", 0}}) {
    CAPTURE(row.algorithm);
    const KeyPtr key(make(row.curve), &EVP_PKEY_free);
    REQUIRE(key);
    const KeyPtr other(make(row.curve), &EVP_PKEY_free);
    const auto signing = probe::AssertionKey::read(pem_of(key.get()));
    REQUIRE(signing);
    const auto token = [&](const std::string& subject, const std::string& signed_subject) {
      const auto input = [&](const std::string& sub) {
        const std::string header = std::string(R"({"alg":")") + row.algorithm + R"(","kid":"k"})";
        return base::base64url_encode(header) + '.' +
               base::base64url_encode(R"({"iss":"https://a","sub":")" + sub + R"("})");
      };
      const auto signature = signing->sign(row.algorithm, input(signed_subject));
      REQUIRE(signature);
      return input(subject) + '.' + base::base64url_encode(*signature);
    };
    const std::vector<model::Jwk> right{model::parse_jwk(jwk_of(key.get(), row.curve, row.size))};
    const std::vector<model::Jwk> wrong{model::parse_jwk(jwk_of(other.get(), row.curve, row.size))};
    const auto good = checks::read_token_form(token("me", "me"));
    CHECK(verify_signature(good, right).is == Is::kValid);
    CHECK(verify_signature(good, wrong).is == Is::kWrong);
    CHECK(verify_signature(checks::read_token_form(token("you", "me")), right).is == Is::kWrong);
  }
}

}  // namespace idpwatch::explain
