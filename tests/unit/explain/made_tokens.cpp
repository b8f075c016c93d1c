#include "tests/unit/explain/made_tokens.hpp"

#include "base/encoding.hpp"
#include "base/owned.hpp"

#include <catch2/catch.hpp>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <map>
#include <regex>

namespace idpwatch::explain::test {
namespace {

using KeyPtr = base::Owned<EVP_PKEY, EVP_PKEY_free>;
using DigestPtr = base::Owned<EVP_MD_CTX, EVP_MD_CTX_free>;

EVP_PKEY* key_called(const std::string& name) {
  static std::map<std::string, KeyPtr> made;
  auto& key = made[name];
  if (!key) key = KeyPtr(EVP_RSA_gen(2048));
  REQUIRE(key);
  return key.get();
}

std::string number(const EVP_PKEY* key, const char* name) {
  BIGNUM* value = nullptr;
  REQUIRE(EVP_PKEY_get_bn_param(key, name, &value) == 1);
  std::string octets(static_cast<std::size_t>(BN_num_bytes(value)), '\0');
  BN_bn2bin(value, reinterpret_cast<unsigned char*>(octets.data()));
  BN_free(value);
  return octets;
}

std::string signature_of(EVP_PKEY* key, const std::string& input) {
  const DigestPtr context(EVP_MD_CTX_new());
  REQUIRE(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1);
  const auto* octets = reinterpret_cast<const unsigned char*>(input.data());
  std::size_t size = 0;
  REQUIRE(EVP_DigestSign(context.get(), nullptr, &size, octets, input.size()) == 1);
  std::string signature(size, '\0');
  REQUIRE(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                         octets, input.size()) == 1);
  signature.resize(size);
  return signature;
}

std::int64_t number_of(const std::string& text, std::int64_t now) {
  static const std::regex form(R"((?:(\d+)\*\()?now([+-]\d+)\)?)");
  std::smatch match;
  REQUIRE(std::regex_match(text, match, form));
  const std::int64_t value = now + std::stoll(match[2]);
  return match[1].matched ? std::stoll(match[1]) * value : value;
}

}  // namespace

nlohmann::json public_jwk(const std::string& key, const std::string& kid) {
  EVP_PKEY* made = key_called(key);
  return {{"kty", "RSA"},
          {"use", "sig"},
          {"kid", kid},
          {"n", base::base64url_encode(number(made, OSSL_PKEY_PARAM_RSA_N))},
          {"e", base::base64url_encode(number(made, OSSL_PKEY_PARAM_RSA_E))}};
}

std::string put_together(const std::string& header, const std::string& claims,
                         const std::string& signature) {
  return base::base64url_encode(header) + "." + base::base64url_encode(claims) + "." +
         base::base64url_encode(signature);
}

std::string signed_token(const nlohmann::json& header, const nlohmann::json& claims,
                         const std::string& key) {
  const std::string input =
      base::base64url_encode(header.dump()) + "." + base::base64url_encode(claims.dump());
  return input + "." + base::base64url_encode(signature_of(key_called(key), input));
}

nlohmann::json with_times(const nlohmann::json& value, std::int64_t now) {
  if (value.is_string()) {
    const std::string text = value;
    const bool time = text.starts_with("now") || text.find("*(now") != std::string::npos;
    return time ? nlohmann::json(number_of(text, now)) : value;
  }
  if (!value.is_structured()) return value;
  nlohmann::json out = value;
  for (auto& item : out) item = with_times(item, now);
  return out;
}

}  // namespace idpwatch::explain::test
