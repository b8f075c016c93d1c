#include "checks/reachability/local_network.hpp"
#include "checks/reachability/outage_events.hpp"
#include "tests/unit/checks/authority_scene.hpp"

#include <catch2/catch.hpp>

namespace idpwatch::checks {

using Catch::Matchers::Contains;
using model::FailureDetail;
using model::FailureKind;
using model::Health;

TEST_CASE("an authority in good order has only good results", "[checks]") {
  const AuthorityScene scene;
  for (const model::CheckResult& result : scene.judge()) {
    INFO(result.finding.rule << ": " << result.finding.summary);
    CHECK(result.health == Health::kPassing);
    CHECK(result.finding.subject.authority == "entra");
    CHECK(model::find_rule(result.finding.rule) != nullptr);
  }
}

TEST_CASE("a 304 to both requests is as good as the documents themselves", "[checks]") {
  AuthorityScene scene;
  for (auto* part : {&scene.observation.discovery, &scene.observation.jwks}) {
    (*part)->status = 304;
    (*part)->not_modified = true;
    (*part)->body = nullptr;
  }
  for (const model::CheckResult& result : scene.judge()) CHECK(result.health == Health::kPassing);
}

TEST_CASE("both documents out of reach are one finding that names the failure once", "[checks]") {
  AuthorityScene scene;
  scene.fail(scene.observation.discovery, FailureKind::kDns);
  scene.fail(scene.observation.jwks, FailureKind::kDns);
  const model::CheckResult result = scene.result("authority-unreachable");
  REQUIRE(result.health == Health::kFailing);
  CHECK(result.finding.severity == model::Severity::kError);
  CHECK(result.finding.summary ==
        "entra cannot be reached from vm-17: the name login.example.com does not resolve, for both "
        "discovery document and key set");
  CHECK(result.finding.vantage == "vm-17");
  CHECK(result.finding.evidence.front().value == "dns");
  CHECK_THAT(everything(result.finding), Contains("last good answer: 2026-11-24T11:55:00Z"));
  CHECK_THAT(result.finding.remedy, Contains("getent ahosts login.example.com"));
}

TEST_CASE("what this host lacked says nothing about the authority", "[checks]") {
  for (const auto kind : {FailureKind::kDns, FailureKind::kConnect, FailureKind::kTls}) {
    AuthorityScene scene;
    scene.fail(scene.observation.discovery, kind, FailureDetail::kOurs);
    scene.fail(scene.observation.jwks, kind, FailureDetail::kOurs);
    CHECK(scene.observation.ours());
    for (const std::string rule : {"authority-unreachable", "tls-invalid", "redirect-loop",
                                   "discovery-invalid", "keys-invalid"}) {
      INFO(rule);
      CHECK(scene.result(rule).health == Health::kUnknown);
    }
    CHECK(host_outcomes(scene.observation).empty());
  }
  AuthorityScene half;
  half.fail(half.observation.jwks, FailureKind::kConnect, FailureDetail::kOurs);
  CHECK(half.result("authority-unreachable").health == Health::kUnknown);
  half.fail(half.observation.discovery, FailureKind::kTimeout);
  CHECK(half.result("authority-unreachable").health == Health::kFailing);
}

TEST_CASE("a key set that does not answer is named, and so is the document that does", "[checks]") {
  AuthorityScene scene;
  scene.fail(scene.observation.jwks, FailureKind::kTimeout, FailureDetail::kNone,
             "Operation timed out after 10001 milliseconds");
  scene.observation.jwks->phases = {
      .dns_us = 1000, .connect_us = 12'000, .tls_us = 41'000, .total_us = 10'001'000};
  const model::CheckResult result = scene.result("authority-unreachable");
  REQUIRE(result.health == Health::kFailing);
  CHECK(
      result.finding.summary ==
      "entra: the key set cannot be fetched (no answer within 10 s); its discovery document still "
      "can");
  const std::string text = everything(result.finding);
  CHECK_THAT(text, Contains("Operation timed out after 10001 milliseconds"));
  CHECK_THAT(text, Contains("name resolved after 1 ms, connected after 12 ms, TLS up after 41 ms, "
                            "given up after 10.0 s"));
  CHECK_THAT(text, Contains(std::string(kKeysUrl)));
  CHECK(scene.result("keys-invalid").health == Health::kUnknown);
  CHECK(scene.result("discovery-invalid").health == Health::kPassing);
}

TEST_CASE("a discovery document that fails leaves services with an own JWKS address alone",
          "[checks]") {
  AuthorityScene scene;
  scene.answer(scene.observation.discovery, 503);
  const model::CheckResult result = scene.result("authority-unreachable");
  REQUIRE(result.health == Health::kFailing);
  CHECK(result.finding.summary ==
        "entra: the discovery document cannot be fetched (HTTP status 503); its key set still can");
  CHECK_THAT(result.finding.remedy, Contains("JWKS address"));
  CHECK(result.finding.evidence.front().value == "http");
  CHECK(result.finding.evidence.at(1).value == "http: HTTP status 503");
}

TEST_CASE("without any discovery answer so far the keys are nowhere to be asked for", "[checks]") {
  AuthorityScene scene;
  scene.fail(scene.observation.discovery, FailureKind::kConnect);
  scene.observation.jwks.reset();
  scene.document.reset();
  scene.keys.reset();
  const model::CheckResult result = scene.result("authority-unreachable");
  REQUIRE(result.health == Health::kFailing);
  CHECK_THAT(result.finding.summary, Contains("where its keys are is not known either"));
}

TEST_CASE("every kind of failure has a reason and a next step of its own", "[checks]") {
  std::vector<std::string> seen;
  for (const FailureKind kind : {FailureKind::kTimeout, FailureKind::kDns, FailureKind::kConnect,
                                 FailureKind::kTls, FailureKind::kHttp, FailureKind::kBody}) {
    AuthorityScene scene;
    scene.fail(scene.observation.jwks, kind);
    const model::CheckResult result = scene.result("authority-unreachable");
    REQUIRE(result.health == Health::kFailing);
    CHECK(result.finding.evidence.front().value == model::to_text(kind));
    seen.push_back(result.finding.remedy);
  }
  std::sort(seen.begin(), seen.end());
  CHECK(std::unique(seen.begin(), seen.end()) == seen.end());
}

TEST_CASE("a flood of headers names its limit, and no status", "[checks]") {
  AuthorityScene scene;
  scene.answer(scene.observation.jwks, 200);
  scene.observation.jwks->failure = model::Failure{FailureKind::kHttp, FailureDetail::kTooLarge,
                                                   "the headers are over the size limit"};
  const model::CheckResult result = scene.result("authority-unreachable");
  REQUIRE(result.health == Health::kFailing);
  CHECK_THAT(result.finding.summary, Contains("its headers are larger than limits.headers"));
  CHECK_THAT(result.finding.summary, !Contains("200"));
  CHECK_THAT(result.finding.remedy, Contains("raise limits.headers."));
}

TEST_CASE("redirects without end are a finding of their own and not unreachability", "[checks]") {
  AuthorityScene scene;
  scene.fail(scene.observation.discovery, FailureKind::kHttp, FailureDetail::kRedirectLoop);
  scene.observation.discovery->redirects = {"https://login.example.com/a",
                                            "https://login.example.com/b"};
  CHECK(scene.result("authority-unreachable").health == Health::kPassing);
  const model::CheckResult result = scene.result("redirect-loop");
  REQUIRE(result.health == Health::kFailing);
  CHECK(result.finding.summary ==
        "entra cannot be used: redirects without end at its discovery document");
  CHECK_THAT(everything(result.finding),
             Contains("-> https://login.example.com/a -> https://login.example.com/b"));
  CHECK(scene.result("redirect-downgrade").health == Health::kUnknown);
}

TEST_CASE("more redirects than idpwatch follows are no loop, and its own limit", "[checks]") {
  AuthorityScene scene;
  scene.fail(scene.observation.discovery, FailureKind::kHttp, FailureDetail::kTooManyRedirects);
  scene.observation.discovery->status = 302;
  CHECK(scene.result("redirect-loop").health == Health::kUnknown);
  CHECK(scene.result("redirect-downgrade").health == Health::kUnknown);
  const model::CheckResult result = scene.result("authority-unreachable");
  REQUIRE(result.health == Health::kFailing);
  CHECK(result.finding.summary ==
        "entra: the discovery document cannot be fetched (it is behind more redirects than "
        "limits.redirects allows); its key set still can");
  CHECK_THAT(result.finding.remedy, Contains("Raise limits.redirects"));
  CHECK_THAT(everything(result.finding), !Contains("refuse"));
}

TEST_CASE("a redirect from https to http is told apart from a loop", "[checks]") {
  AuthorityScene scene;
  scene.fail(scene.observation.jwks, FailureKind::kHttp, FailureDetail::kRedirectDowngrade);
  scene.observation.jwks->redirects = {"http://login.example.com/jwks"};
  const model::CheckResult result = scene.result("redirect-downgrade");
  REQUIRE(result.health == Health::kFailing);
  CHECK(result.finding.summary ==
        "entra cannot be used: redirects from https to http at its key set");
}

TEST_CASE("a timeout tells nothing about redirects, an error status ends them", "[checks]") {
  AuthorityScene scene;
  scene.fail(scene.observation.discovery, FailureKind::kTimeout);
  CHECK(scene.result("redirect-loop").health == Health::kUnknown);
  scene.observation.discovery->failure.reset();
  scene.answer(scene.observation.discovery, 500);
  CHECK(scene.result("redirect-loop").health == Health::kPassing);
}

TEST_CASE("the outage events carry the kind and how long it was down", "[checks]") {
  AuthorityScene scene;
  scene.fail(scene.observation.discovery, FailureKind::kDns);
  scene.fail(scene.observation.jwks, FailureKind::kDns);
  const model::Finding finding = scene.result("authority-unreachable").finding;
  REQUIRE(has_outage_events(finding));
  CHECK_FALSE(has_outage_events(scene.result("tls-invalid").finding));
  const model::Event down = unreachable_event(finding, scene.now + base::minutes(2));
  CHECK(down.type == model::EventType::kAuthorityUnreachable);
  CHECK(down.authority == "entra");
  CHECK(down.at == scene.now + base::minutes(2));
  CHECK_THAT(down.new_value, Contains(R"("kind":"dns")"));
  const model::Event up = recovered_event(finding, scene.now + base::minutes(10));
  CHECK(up.type == model::EventType::kAuthorityRecovered);
  CHECK(up.new_value == R"({"down_s":600})");
}

}  // namespace idpwatch::checks
