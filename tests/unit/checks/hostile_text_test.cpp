// Text of the outside world in every place where it can enter a finding: no control or bidi
// character passes, nothing is longer than it needs to be. Markup is text here; each renderer
// escapes it for its own target.
#include "base/text.hpp"
#include "checks/clock/clock_offset.hpp"
#include "checks/reachability/outage_events.hpp"
#include "tests/fakes/own_tls.hpp"
#include "tests/unit/checks/authority_scene.hpp"

#include <catch2/catch.hpp>

namespace idpwatch::checks {

namespace {

const std::string kHostile = "\x1b[31m<script>alert(1)</script>\r\nX-Injected: 1\x07\xE2\x80\xAE" +
                             std::string(1, '\0') + "\xFF" + std::string(5000, 'A');

bool harmless(const std::string& text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\n') || byte == 0x7f) return false;
  }
  return base::is_utf8(text) && text.find("\xE2\x80\xAE") == std::string::npos;
}

void check_all(const std::vector<model::CheckResult>& results) {
  for (const model::CheckResult& result : results) {
    const std::string text = everything(result.finding);
    INFO(result.finding.rule << ": " << text);
    CHECK(harmless(text));
    CHECK(result.finding.summary.size() < 1200);
    for (const model::Evidence& row : result.finding.evidence) {
      CHECK(row.fact.find('\n') == std::string::npos);
      CHECK(row.value.find('\n') == std::string::npos);
      CHECK(row.source.find('\n') == std::string::npos);
      CHECK(row.value.size() < 4000);
    }
  }
}

AuthorityScene hostile_scene() {
  AuthorityScene scene;
  scene.spec.name = kHostile;
  scene.document->issuer = kHostile;
  scene.document->jwks_uri = kHostile;
  scene.document->members["issuer"] = kHostile;
  scene.document->members["jwks_uri"] = kHostile;
  model::Jwk key = rsa_key(kHostile, "t");
  key.alg = kHostile;
  key.crv = kHostile;
  key.members = R"({"d":"redacted-0123456789ab"})";
  model::Jwk odd = rsa_key(kHostile, "");
  odd.type = model::KeyType::kUnknown;
  odd.kty = kHostile;
  scene.keys->keys = {key, odd};
  for (const model::EventType type :
       {model::EventType::kKeysetReplaced, model::EventType::kKeyMaterialChanged,
        model::EventType::kKeysetInconsistent, model::EventType::kIssuerChanged,
        model::EventType::kJwksUriChanged}) {
    model::Event& event = scene.add_event(type);
    event.kid = kHostile;
    event.thumbprint = kHostile;
    event.old_value = kHostile;
    event.new_value = kHostile;
  }
  return scene;
}

}  // namespace

TEST_CASE("hostile documents put no raw control character into a finding", "[checks]") {
  AuthorityScene scene = hostile_scene();
  check_all(scene.judge());
  scene.events.clear();
  scene.spec.expect_algorithms = {kHostile};
  check_all(scene.judge());
  scene.discovery_error = base::make_error(base::ErrorKind::kInput, kHostile);
  scene.jwks_error = base::make_error(base::ErrorKind::kInput, kHostile);
  scene.observation.discovery->headers = {{"content-type", kHostile}};
  scene.observation.jwks->redirects = {kHostile, kHostile};
  check_all(scene.judge());
}

TEST_CASE("hostile errors, headers and certificates put none into it either", "[checks]") {
  using model::FailureDetail;
  using model::FailureKind;
  for (const FailureKind kind : {FailureKind::kTimeout, FailureKind::kDns, FailureKind::kConnect,
                                 FailureKind::kTls, FailureKind::kHttp, FailureKind::kBody}) {
    for (const FailureDetail detail :
         {FailureDetail::kNone, FailureDetail::kRedirectLoop, FailureDetail::kRedirectDowngrade,
          FailureDetail::kAddressRefused, FailureDetail::kTooLarge,
          FailureDetail::kTooManyRedirects, FailureDetail::kCertificateExpired,
          FailureDetail::kCertificateName}) {
      AuthorityScene scene = hostile_scene();
      scene.observation.jwks->redirects = {kHostile};
      scene.observation.jwks->url = kHostile;
      scene.observation.jwks->address = kHostile;
      scene.observation.jwks->headers = {{"retry-after", kHostile}};
      fakes::own_tls(*scene.observation.jwks).subject = kHostile;
      fakes::own_tls(*scene.observation.jwks).issuer = kHostile;
      fakes::own_tls(*scene.observation.jwks).names = std::vector<std::string>(50, kHostile);
      scene.fail(scene.observation.jwks, kind, detail, kHostile);
      check_all(scene.judge());
      CHECK(harmless(
          unreachable_event(scene.result("authority-unreachable").finding, scene.now).new_value));
    }
  }
}

TEST_CASE("no command to copy holds what a document put in its addresses", "[checks]") {
  for (const model::FailureKind kind : {model::FailureKind::kTimeout, model::FailureKind::kDns,
                                        model::FailureKind::kConnect, model::FailureKind::kTls}) {
    AuthorityScene scene;
    scene.observation.jwks->url = "https://a.example.com/$(id)`id`;id|id";
    scene.fail(scene.observation.jwks, kind);
    CHECK_THAT(scene.result("authority-unreachable").finding.remedy,
               !Catch::Matchers::Contains("$(id)"));
    scene.observation.jwks->url = "https://a.example.com|id/keys";
    CHECK_THAT(scene.result("authority-unreachable").finding.remedy,
               !Catch::Matchers::Contains("hosts a.example.com|id"));
  }
}

TEST_CASE("a hostile issuer stays harmless in a clock finding", "[checks]") {
  const ClockView view{.authority = kHostile,
                       .issuer = kHostile,
                       .source = kHostile,
                       .instance = kHostile,
                       .interval = ClockInterval{.lo = base::seconds(9),
                                                 .hi = base::seconds(10),
                                                 .evidence = DateClass::kFresh,
                                                 .samples = 1},
                       .tolerance = std::nullopt};
  const model::CheckResult result = judge_clock(view, base::Instant(base::seconds(1)));
  CHECK(result.health == model::Health::kFailing);
  // What is hostile about it is in there, harmless.
  CHECK(result.finding.summary.find("script") != std::string::npos);
  check_all({result});
}

}  // namespace idpwatch::checks
