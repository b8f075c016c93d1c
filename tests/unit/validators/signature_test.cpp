#include "validators/core/signature.hpp"

#include <catch2/catch.hpp>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <memory>

using namespace idpwatch::validators;

namespace {

using Pkey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

std::string number(const EVP_PKEY* key, const char* name) {
  BIGNUM* value = nullptr;
  REQUIRE(EVP_PKEY_get_bn_param(key, name, &value) == 1);
  std::string octets(static_cast<std::size_t>(BN_num_bytes(value)), '\0');
  BN_bn2bin(value, reinterpret_cast<unsigned char*>(octets.data()));
  BN_free(value);
  return octets;
}

std::string sign(EVP_PKEY* key, const EVP_MD* digest, bool pss, const std::string& input) {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_PKEY_CTX* inner = nullptr;
  REQUIRE(EVP_DigestSignInit(context, &inner, digest, nullptr, key) == 1);
  if (pss) {
    EVP_PKEY_CTX_set_rsa_padding(inner, RSA_PKCS1_PSS_PADDING);
    EVP_PKEY_CTX_set_rsa_pss_saltlen(inner, RSA_PSS_SALTLEN_DIGEST);
  }
  const auto* octets = reinterpret_cast<const unsigned char*>(input.data());
  std::size_t size = 0;
  REQUIRE(EVP_DigestSign(context, nullptr, &size, octets, input.size()) == 1);
  std::string signature(size, '\0');
  REQUIRE(EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &size, octets,
                         input.size()) == 1);
  signature.resize(size);
  EVP_MD_CTX_free(context);
  return signature;
}

std::string side_by_side(const std::string& der, std::size_t size) {
  const auto* data = reinterpret_cast<const unsigned char*>(der.data());
  ECDSA_SIG* parsed = d2i_ECDSA_SIG(nullptr, &data, static_cast<long>(der.size()));
  REQUIRE(parsed != nullptr);
  std::string raw(2 * size, '\0');
  auto* out = reinterpret_cast<unsigned char*>(raw.data());
  BN_bn2binpad(ECDSA_SIG_get0_r(parsed), out, static_cast<int>(size));
  BN_bn2binpad(ECDSA_SIG_get0_s(parsed), out + size, static_cast<int>(size));
  ECDSA_SIG_free(parsed);
  return raw;
}

}  // namespace

TEST_CASE("RSA signatures of all algorithms are verified", "[validators]") {
  const Pkey key(EVP_RSA_gen(2048), EVP_PKEY_free);
  SigningKey known;
  known.kind = SigningKey::Kind::kRsa;
  known.n = number(key.get(), OSSL_PKEY_PARAM_RSA_N);
  known.e = number(key.get(), OSSL_PKEY_PARAM_RSA_E);
  const std::string input = "header.payload";
  const std::pair<const char*, const EVP_MD*> digests[] = {
      {"256", EVP_sha256()}, {"384", EVP_sha384()}, {"512", EVP_sha512()}};
  for (const auto& [size, digest] : digests) {
    for (const bool pss : {false, true}) {
      const std::string algorithm = (pss ? "PS" : "RS") + std::string(size);
      SignedParts parts{input, sign(key.get(), digest, pss, input), {}};
      INFO(algorithm);
      CHECK(real_signatures().verify(known, algorithm, parts));
      parts.signing_input = "header.Payload";
      CHECK_FALSE(real_signatures().verify(known, algorithm, parts));
    }
  }
  CHECK_FALSE(real_signatures().verify(known, "ES256", {input, "x", {}}));
}

TEST_CASE("an elliptic key verifies with any of the three hashes", "[validators]") {
  const std::pair<const char*, std::pair<const char*, std::size_t>> curves[] = {
      {"P-256", {"prime256v1", 32}}, {"P-384", {"secp384r1", 48}}, {"P-521", {"secp521r1", 66}}};
  for (const auto& [crv, group] : curves) {
    const Pkey key(EVP_EC_gen(group.first), EVP_PKEY_free);
    SigningKey known;
    known.kind = SigningKey::Kind::kEc;
    known.crv = crv;
    known.x = number(key.get(), OSSL_PKEY_PARAM_EC_PUB_X);
    known.y = number(key.get(), OSSL_PKEY_PARAM_EC_PUB_Y);
    identify(known);
    CHECK(is_on_curve(crv, known.x, known.y));
    for (const char* algorithm : {"ES256", "ES384", "ES512"}) {
      const EVP_MD* digest = algorithm[2] == '2'   ? EVP_sha256()
                             : algorithm[2] == '3' ? EVP_sha384()
                                                   : EVP_sha512();
      const std::string der = sign(key.get(), digest, false, "a.b");
      CHECK(
          real_signatures().verify(known, algorithm, {"a.b", side_by_side(der, group.second), {}}));
      CHECK_FALSE(real_signatures().verify(known, algorithm, {"a.b", der, {}}));
    }
  }
}

TEST_CASE("a synthetic signature is its key's thumbprint", "[validators]") {
  SigningKey key;
  key.thumbprint = "abc";
  CHECK(real_signatures().verify(key, "RS256", {{}, {}, "abc"}));
  CHECK_FALSE(real_signatures().verify(key, "RS256", {{}, {}, "abd"}));
}
