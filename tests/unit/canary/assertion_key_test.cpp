// Signatures of throw-away keys, made for this test, verified by OpenSSL or by shape.
#include "probe/assertion_key.hpp"

#include <catch2/catch.hpp>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <cstring>
#include <memory>
#include <string>

namespace idpwatch::probe {
namespace {

using KeyPtr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

std::string pem_of(EVP_PKEY* made) {
  const KeyPtr key(made, &EVP_PKEY_free);
  REQUIRE(key);
  BIO* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio, &bytes);
  std::string pem(bytes, static_cast<std::size_t>(size));
  BIO_free(bio);
  return pem;
}

}  // namespace

TEST_CASE("a key signs with the algorithms of its kind, and with no other", "[canary]") {
  struct Row {
    EVP_PKEY* key;
    const char *usual, *also, *not_with;
    std::size_t size;
  };
  const std::vector<Row> rows{
      {EVP_RSA_gen(2048), "RS256", "PS384", "ES256", 256},
      {EVP_EC_gen("P-256"), "ES256", "ES256", "RS256", 64},
      {EVP_EC_gen("P-384"), "ES384", "ES384", "ES256", 96},
      {EVP_EC_gen("P-521"), "ES512", "ES512", "EdDSA", 132},
      {EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), "EdDSA", "EdDSA", "ES256", 64},
  };
  for (const Row& row : rows) {
    CAPTURE(row.usual);
    const auto key = AssertionKey::read(pem_of(row.key));
    REQUIRE(key);
    CHECK(key->usual_algorithm() == row.usual);
    for (const char* algorithm : {row.usual, row.also}) {
      const auto signature = key->sign(algorithm, "header.payload");
      REQUIRE(signature);
      CHECK(signature->size() == row.size);
    }
    CHECK_FALSE(key->sign(row.not_with, "header.payload"));
    CHECK_FALSE(key->sign("HS256", "header.payload"));
  }
}

TEST_CASE("what is no key is refused without a word of its content", "[canary]") {
  const auto key = AssertionKey::read("-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n");
  REQUIRE_FALSE(key);
  CHECK(key.error().text().find("c2VjcmV0") == std::string::npos);
  CHECK_FALSE(certificate_thumbprints("no certificate"));
}

}  // namespace idpwatch::probe
