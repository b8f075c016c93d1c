#include "tests/fakes/own_tls.hpp"
#include "tests/unit/checks/authority_scene.hpp"

#include <catch2/catch.hpp>

namespace idpwatch::checks {

using Catch::Matchers::Contains;
using model::FailureDetail;
using model::FailureKind;
using model::Health;

TEST_CASE("an expired certificate is tls-invalid, and not unreachability", "[checks]") {
  AuthorityScene scene;
  for (auto* part : {&scene.observation.discovery, &scene.observation.jwks}) {
    scene.fail(*part, FailureKind::kTls, FailureDetail::kCertificateExpired,
               "certificate has expired");
    fakes::own_tls(**part).not_after = scene.now - base::hours(2);
  }
  CHECK(scene.result("authority-unreachable").health == Health::kPassing);
  CHECK(scene.result("tls-expiring").health == Health::kUnknown);
  const model::CheckResult result = scene.result("tls-invalid");
  REQUIRE(result.health == Health::kFailing);
  CHECK(result.finding.summary ==
        "entra: the TLS certificate of login.example.com expired on 2026-11-24T10:00:00Z");
  const std::string text = everything(result.finding);
  CHECK_THAT(text, Contains("CN=Example CA"));
  CHECK_THAT(text, Contains("names: login.example.com"));
  CHECK_THAT(text, Contains("certificate has expired"));
  // One host, described once.
  CHECK(std::count_if(result.finding.evidence.begin(), result.finding.evidence.end(),
                      [](const model::Evidence& row) { return row.fact == "host"; }) == 1);
}

TEST_CASE("each fault of a certificate says what it is", "[checks]") {
  const std::vector<std::pair<FailureDetail, std::string>> cases = {
      {FailureDetail::kCertificateNotYetValid, "is not valid before"},
      {FailureDetail::kCertificateName, "is for another name"},
      {FailureDetail::kCertificateUntrusted, "does not lead to a certificate authority"}};
  for (const auto& [detail, text] : cases) {
    AuthorityScene scene;
    scene.fail(scene.observation.jwks, FailureKind::kTls, detail);
    const model::CheckResult result = scene.result("tls-invalid");
    REQUIRE(result.health == Health::kFailing);
    CHECK_THAT(result.finding.summary, Contains(text));
  }
}

TEST_CASE("a handshake that fails without a certificate's fault is unreachability", "[checks]") {
  AuthorityScene scene;
  scene.fail(scene.observation.discovery, FailureKind::kTls);
  scene.observation.discovery->tls.reset();
  CHECK(scene.result("authority-unreachable").health == Health::kFailing);
  CHECK(scene.result("tls-invalid").health == Health::kUnknown);
}

TEST_CASE("the days left decide the severity of tls-expiring", "[checks]") {
  const auto judged = [](base::Duration left) {
    AuthorityScene scene;
    fakes::own_tls(*scene.observation.jwks).not_after = scene.now + left;
    return scene.result("tls-expiring");
  };
  using std::chrono::days;
  CHECK(judged(days(21)).health == Health::kPassing);
  CHECK(judged(days(21) - base::seconds(1)).finding.severity == model::Severity::kInfo);
  CHECK(judged(days(7)).finding.severity == model::Severity::kInfo);
  CHECK(judged(days(7) - base::seconds(1)).finding.severity == model::Severity::kWarning);
  CHECK(judged(days(2) - base::seconds(1)).finding.severity == model::Severity::kError);
  const model::CheckResult soon = judged(days(3));
  CHECK(soon.finding.summary ==
        "entra: the TLS certificate of login.example.com expires on 2026-11-27T12:00:00Z");
  CHECK(soon.finding.id == judged(days(1)).finding.id);
}

TEST_CASE("over plain http there is no certificate to judge", "[checks]") {
  AuthorityScene scene;
  for (auto* part : {&scene.observation.discovery, &scene.observation.jwks}) {
    (*part)->url = "http://127.0.0.1:8080/x";
    (*part)->tls.reset();
  }
  CHECK(scene.result("tls-invalid").health == Health::kPassing);
  CHECK(scene.result("tls-expiring").health == Health::kUnknown);
}

}  // namespace idpwatch::checks
