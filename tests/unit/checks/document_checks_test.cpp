#include "checks/lint/usable_key.hpp"
#include "tests/unit/checks/authority_scene.hpp"

#include <catch2/catch.hpp>

namespace idpwatch::checks {

using Catch::Matchers::Contains;
using model::Health;

TEST_CASE("a 200 that is an HTML page is no discovery document", "[checks]") {
  AuthorityScene scene;
  scene.discovery_error = base::make_error(base::ErrorKind::kInput, "byte 0: no JSON value");
  scene.observation.discovery->body = std::make_shared<const std::string>("<!DOCTYPE html><p>");
  scene.observation.discovery->headers = {{"content-type", "text/html"}};
  const model::CheckResult result = scene.result("discovery-invalid");
  REQUIRE(result.health == Health::kFailing);
  CHECK(result.finding.summary ==
        "entra: the discovery document is not a JSON object; it looks like an HTML page");
  CHECK_THAT(everything(result.finding), Contains("Content-Type: text/html"));
  CHECK(scene.result("issuer-mismatch").health == Health::kUnknown);
  CHECK(scene.result("authority-unreachable").health == Health::kPassing);
}

TEST_CASE("members that are missing or of a wrong type are named", "[checks]") {
  AuthorityScene scene;
  scene.document->jwks_uri.reset();
  scene.document->members.erase("jwks_uri");
  CHECK(scene.result("discovery-invalid").finding.summary ==
        "entra: the discovery document has no jwks_uri");
  scene.spec.jwks_url = std::string(kKeysUrl);
  scene.spec.metadata_url = "https://login.example.com/meta";
  CHECK(scene.result("discovery-invalid").health == Health::kPassing);
  scene.document->members["jwks_uri"] = "17";
  CHECK_THAT(scene.result("discovery-invalid").finding.summary, Contains("not a string"));
  scene.document->jwks_uri = "ftp://x/";
  CHECK_THAT(scene.result("discovery-invalid").finding.summary,
             Contains("not an http or https URL"));
  scene.document->issuer.reset();
  CHECK_THAT(scene.result("discovery-invalid").finding.summary, Contains("issuer"));
}

TEST_CASE("where no discovery is asked nothing is wrong with it", "[checks]") {
  AuthorityScene scene;
  scene.spec.jwks_url = std::string(kKeysUrl);
  scene.observation.discovery.reset();
  scene.document.reset();
  CHECK(scene.result("discovery-invalid").health == Health::kPassing);
  CHECK(scene.result("issuer-mismatch").health == Health::kPassing);
  CHECK(scene.result("authority-unreachable").health == Health::kPassing);
}

TEST_CASE("a body without keys array is keys-invalid and nothing is said of the rest", "[checks]") {
  AuthorityScene scene;
  scene.jwks_error = base::make_error(base::ErrorKind::kInput, "no array \"keys\"");
  const model::CheckResult result = scene.result("keys-invalid");
  REQUIRE(result.health == Health::kFailing);
  CHECK(result.finding.summary == "entra: the key set is not a JSON object with an array `keys`");
  CHECK(scene.result("keyset-empty").health == Health::kUnknown);
  CHECK(scene.result("keyset-inconsistent").health == Health::kUnknown);
  CHECK(scene.result("lint-JWKS-03").health == Health::kUnknown);
}

TEST_CASE("keys that verify nothing are listed with the reason", "[checks]") {
  AuthorityScene scene;
  model::Jwk enc = rsa_key("e", "t1");
  enc.use = "enc";
  model::Jwk broken = rsa_key("b", "");
  model::Jwk strange = rsa_key(std::nullopt, "");
  strange.type = model::KeyType::kUnknown;
  strange.kty = "AKP";
  scene.keys->keys = {enc, broken, strange};
  const model::CheckResult result = scene.result("keys-invalid");
  REQUIRE(result.health == Health::kFailing);
  CHECK(result.finding.summary ==
        "entra: the key set holds 3 keys, of which none can verify a signature");
  const std::string text = everything(result.finding);
  CHECK_THAT(text, Contains("key \"e\": use is enc"));
  CHECK_THAT(text, Contains("key \"b\": its members cannot be decoded"));
  CHECK_THAT(text, Contains("key without kid: kty \"AKP\" is not known"));
}

TEST_CASE("a key is usable for signatures unless something says otherwise", "[checks]") {
  CHECK(why_unusable(rsa_key("a", "t")).empty());
  model::Jwk bare = rsa_key(std::nullopt, "t");
  bare.alg.reset();
  bare.use.reset();
  CHECK(why_unusable(bare).empty());
  bare.key_ops = {"sign"};
  CHECK(why_unusable(bare) == "key_ops lacks verify");
  bare.key_ops = {"verify", "sign"};
  CHECK(why_unusable(bare).empty());
  bare.alg = "RSA-OAEP-256";
  CHECK(why_unusable(bare) == "alg RSA-OAEP-256 is for encryption");
  model::Jwk agreement = rsa_key("x", "t");
  agreement.type = model::KeyType::kOkp;
  agreement.crv = "X25519";
  agreement.alg.reset();
  CHECK_FALSE(why_unusable(agreement).empty());
  model::Jwk secret = rsa_key("k", "t");
  secret.type = model::KeyType::kOct;
  CHECK_FALSE(why_unusable(secret).empty());
}

TEST_CASE("expected algorithms and the expected number of keys are asked for", "[checks]") {
  AuthorityScene scene;
  scene.spec.expect_algorithms = {"RS256"};
  CHECK(scene.result("keys-invalid").health == Health::kPassing);
  scene.spec.expect_algorithms = {"RS256", "ES256"};
  CHECK_THAT(scene.result("keys-invalid").finding.summary,
             Contains("holds no usable signing key for ES256"));
  scene.spec.expect_algorithms.clear();
  scene.spec.expect_keys_min = 2;
  CHECK_THAT(scene.result("keys-invalid").finding.summary,
             Contains("holds 1 usable signing key, fewer than the 2 that are expected"));
}

TEST_CASE("an algorithm fits a key by type, curve and the key's own alg", "[checks]") {
  model::Jwk ec = rsa_key("e", "t");
  ec.type = model::KeyType::kEc;
  ec.crv = "P-256";
  ec.alg.reset();
  CHECK(fits_algorithm(ec, "ES256"));
  CHECK_FALSE(fits_algorithm(ec, "ES384"));
  CHECK_FALSE(fits_algorithm(ec, "RS256"));
  CHECK(fits_algorithm(rsa_key("r", "t"), "RS256"));
  CHECK_FALSE(fits_algorithm(rsa_key("r", "t"), "PS256"));  // its alg is RS256
  model::Jwk okp = ec;
  okp.type = model::KeyType::kOkp;
  okp.crv = "Ed25519";
  okp.alg = "EdDSA";
  CHECK(fits_algorithm(okp, "EdDSA"));
  CHECK(fits_algorithm(okp, "Ed25519"));
  CHECK_FALSE(fits_algorithm(okp, "Ed448"));
}

TEST_CASE("published secrets are found on redacted material and never shown", "[checks]") {
  AuthorityScene scene;
  CHECK(scene.result("lint-JWKS-03").health == Health::kPassing);
  scene.keys->keys[0].members =
      R"({"d":"redacted-0123456789ab","kty":"RSA","p":"redacted-ffffffffffff"})";
  const model::CheckResult result = scene.result("lint-JWKS-03");
  REQUIRE(result.health == Health::kFailing);
  CHECK(result.finding.severity == model::Severity::kWarning);
  CHECK_THAT(result.finding.summary, Contains("secret key material in 1 key"));
  CHECK_THAT(everything(result.finding), Contains("key \"2026-a\": members d, p"));
  CHECK_THAT(everything(result.finding), !Contains("0123456789ab"));
}

}  // namespace idpwatch::checks
