#include "tests/unit/checks/authority_scene.hpp"

#include <catch2/catch.hpp>

namespace idpwatch::checks {

using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
using model::EventType;
using model::Health;

TEST_CASE("a set that became empty is one finding at once, and not keys-invalid besides",
          "[checks]") {
  AuthorityScene scene;
  scene.keys->keys.clear();
  scene.add_event(EventType::kKeysetEmpty);
  const model::CheckResult result = scene.result("keyset-empty");
  REQUIRE(result.health == Health::kFailing);
  CHECK(result.finding.summary == "entra no longer publishes any keys");
  CHECK(scene.result("keys-invalid").health == Health::kUnknown);
  scene.events.clear();  // the next look: still empty, no new event
  CHECK(scene.result("keyset-empty").health == Health::kFailing);
}

TEST_CASE("a set that was always empty has no usable key, and did not become empty", "[checks]") {
  AuthorityScene scene;
  scene.keys->keys.clear();
  scene.had_keys = false;
  CHECK(scene.result("keyset-empty").health == Health::kPassing);
  CHECK(scene.result("keys-invalid").finding.summary == "entra: the key set is empty");
}

TEST_CASE("all signing keys replaced at once opens keyset-replaced", "[checks]") {
  AuthorityScene scene;
  CHECK(scene.silent_about("keyset-replaced"));
  scene.add_event(EventType::kKeyPublished).thumbprint = "thumb-a";
  scene.add_event(EventType::kKeysetReplaced);
  const model::CheckResult result = scene.result("keyset-replaced");
  REQUIRE(result.health == Health::kFailing);
  CHECK(result.finding.severity == model::Severity::kWarning);
  CHECK(result.finding.summary == "entra replaced all its signing keys at once, without overlap");
  CHECK_THAT(everything(result.finding), Contains("\"2026-a\", RSA 2048 bits, RS256"));
  CHECK(scene.result("keyset-inconsistent").health == Health::kPassing);
}

TEST_CASE("when the former set comes back it was no replacement but disagreement", "[checks]") {
  AuthorityScene scene;
  scene.add_event(EventType::kKeysetReplaced);  // thumb-a neither new nor withdrawn
  CHECK(scene.result("keyset-replaced").health == Health::kPassing);
  const model::CheckResult result = scene.result("keyset-inconsistent");
  REQUIRE(result.health == Health::kFailing);
  CHECK_THAT(everything(result.finding), Contains("the set that had just been replaced"));
}

TEST_CASE("a set that returns after its withdrawal replaces", "[checks]") {
  AuthorityScene scene;
  scene.add_event(EventType::kKeyReturned).thumbprint = "thumb-a";
  scene.add_event(EventType::kKeysetReplaced);
  CHECK(scene.result("keyset-replaced").health == Health::kFailing);
  CHECK(scene.result("keyset-inconsistent").health == Health::kPassing);
}

TEST_CASE("while a provider is inconsistent nothing is called replaced", "[checks]") {
  AuthorityScene scene;
  scene.inconsistent = true;
  scene.add_event(EventType::kKeyPublished).thumbprint = "thumb-a";
  scene.add_event(EventType::kKeysetReplaced);
  CHECK(scene.result("keyset-replaced").health == Health::kPassing);
}

TEST_CASE("calm observations close keyset-inconsistent, flapping ones keep it", "[checks]") {
  AuthorityScene scene;
  scene.inconsistent = true;
  scene.add_event(EventType::kKeysetInconsistent);
  CHECK(scene.result("keyset-inconsistent").health == Health::kFailing);
  scene.events.clear();
  CHECK(scene.result("keyset-inconsistent").health == Health::kPassing);
  scene.flapped = true;
  CHECK(scene.result("keyset-inconsistent").health == Health::kFailing);
  scene.answer(scene.observation.jwks, 503);
  CHECK(scene.result("keyset-inconsistent").health == Health::kUnknown);
}

TEST_CASE("a kid with other material names the kid", "[checks]") {
  AuthorityScene scene;
  CHECK(scene.silent_about("key-material-changed"));
  model::Event& event = scene.add_event(EventType::kKeyMaterialChanged);
  event.about_key = true;
  event.kid = "2026-a";
  event.thumbprint = "thumb-new";
  scene.add_event(EventType::kKeyMaterialChanged).kid = "2026-b";
  const model::CheckResult result = scene.result("key-material-changed");
  REQUIRE(result.health == Health::kFailing);
  CHECK(result.finding.summary ==
        "entra serves another key under a kid already in use: \"2026-a\" and 1 other");
}

TEST_CASE("an issuer that is not the configured one shows both with visible ends", "[checks]") {
  AuthorityScene scene;
  scene.publish_issuer("https://login.example.com/realms/b");
  const model::CheckResult result = scene.result("issuer-mismatch");
  REQUIRE(result.health == Health::kFailing);
  CHECK(result.finding.severity == model::Severity::kError);
  CHECK(result.finding.summary ==
        "entra calls itself \"https://login.example.com/realms/b\", configured is "
        "\"https://login.example.com/realms/a\"");
  CHECK_THAT(everything(result.finding), Contains("first difference: character 34"));
}

TEST_CASE("a trailing slash alone is a warning", "[checks]") {
  AuthorityScene scene;
  scene.publish_issuer("https://login.example.com/realms/a/");
  const model::CheckResult result = scene.result("issuer-mismatch");
  REQUIRE(result.health == Health::kFailing);
  CHECK(result.finding.severity == model::Severity::kWarning);
  CHECK_THAT(result.finding.summary, Contains("differ only by a trailing slash"));
}

TEST_CASE("issuers are compared by code points", "[checks]") {
  AuthorityScene scene;
  scene.publish_issuer("https://LOGIN.example.com/realms/a");
  CHECK(scene.result("issuer-mismatch").finding.severity == model::Severity::kError);
  scene.publish_issuer("https://login.example.com:443/realms/a");
  CHECK(scene.result("issuer-mismatch").finding.severity == model::Severity::kError);
}

TEST_CASE("the template of Entra's common endpoint gets its own advice", "[checks]") {
  AuthorityScene scene;
  scene.spec.issuer = "https://login.microsoftonline.com/common/v2.0";
  scene.publish_issuer("https://login.microsoftonline.com/{tenantid}/v2.0");
  CHECK_THAT(scene.result("issuer-mismatch").finding.remedy, Contains("multi-tenant"));
  scene.spec.issuer = "https://login.microsoftonline.com/contoso/v2.0";
  scene.publish_issuer("https://sts.windows.net/contoso/");
  CHECK_THAT(scene.result("issuer-mismatch").finding.remedy,
             Contains("configured issuer is that of v2.0"));
}

TEST_CASE("changes of issuer and jwks_uri show before and now", "[checks]") {
  AuthorityScene scene;
  CHECK(scene.silent_about("issuer-changed"));
  CHECK(scene.silent_about("jwks-uri-changed"));
  model::Event& event = scene.add_event(EventType::kJwksUriChanged);
  event.old_value = R"("https://a.example/keys")";
  event.new_value = R"("https://b.example/keys")";
  const model::CheckResult result = scene.result("jwks-uri-changed");
  REQUIRE(result.health == Health::kFailing);
  CHECK_THAT(everything(result.finding), Contains("before: \"https://a.example/keys\""));
  CHECK_THAT(result.finding.summary, Contains("\"https://b.example/keys\""));
}

TEST_CASE("what to do after a change names both values, and one thing first", "[checks]") {
  const auto remedy = [](EventType type, const char* rule, const char* before, const char* now) {
    AuthorityScene scene;
    model::Event& event = scene.add_event(type);
    event.old_value = before;
    event.new_value = now;
    return scene.result(rule).finding.remedy;
  };
  CHECK_THAT(remedy(EventType::kIssuerChanged, "issuer-changed", R"("https://a.example")",
                    R"("https://b.example")"),
             Contains("Ask the provider") &&
                 Contains(R"(replace "https://a.example" with "https://b.example")"));
  const char* kBefore = R"("https://a.example/keys")";
  CHECK_THAT(remedy(EventType::kJwksUriChanged, "jwks-uri-changed", kBefore,
                    R"("https://b.example/keys")"),
             StartsWith("Check that b.example belongs to the provider") && Contains(kBefore));
  CHECK_THAT(remedy(EventType::kJwksUriChanged, "jwks-uri-changed", kBefore,
                    R"("https://a.example/v2/keys")"),
             StartsWith("Replace \"https://a.example/keys\" with") && !Contains("attack"));
  AuthorityScene scene;
  scene.publish_issuer("https://login.example.com/realms/b");
  CHECK_THAT(scene.result("issuer-mismatch").finding.remedy,
             Contains("If \"https://login.example.com/realms/b\", set issuer to it"));
}

TEST_CASE("every expectation that is not met is told, and none of services", "[checks]") {
  AuthorityScene scene;
  scene.spec.expect_algorithms = {"ES256"};
  scene.spec.expect_keys_min = 3;
  scene.keys->keys.resize(1);
  const model::CheckResult result = scene.result("keys-invalid");
  REQUIRE(result.health == Health::kFailing);
  CHECK_THAT(result.finding.summary,
             Contains("fewer than the 3 that are expected (expect.min_keys)"));
  CHECK_THAT(result.finding.summary, Contains("for ES256 (expect.algorithms)"));
  CHECK_THAT(result.finding.remedy, Contains("`expect`"));
  CHECK_THAT(result.finding.remedy, !Contains("refuse all tokens"));
}

TEST_CASE("an issuer that nobody configured is no mismatch", "[checks]") {
  AuthorityScene scene;
  scene.publish_issuer("https://sts.windows.net/t/");
  CHECK(scene.result("issuer-mismatch").health == Health::kFailing);
  scene.spec.issuer_configured = false;
  CHECK(scene.result("issuer-mismatch").health == Health::kPassing);
}

}  // namespace idpwatch::checks
