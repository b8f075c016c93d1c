#include "fixture.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

namespace idpwatch::forecast {

using base::minutes;
using base::seconds;
using model::Certainty;
using model::Condition;
using model::Severity;
using validators::Fault;

TEST_CASE("In an outage a restarted service answers 500 up to .NET 7 and 401 from .NET 8 on",
          "[forecast]") {
  for (const auto& [version, status] :
       {std::pair{"6.10.0", 500}, std::pair{"7.7.1", 401}, std::pair{"8.23.0", 401}}) {
    Fixture world(version);
    world.serve(kNoon, kMetadata, fault(Fault::kRefused));
    const model::Finding finding = world.finding("refusal-unreachable", kNoon + minutes(5));
    INFO(version);
    CHECK(finding.status == status);
    CHECK_FALSE(finding.error_id.empty());
    CHECK(finding.condition == Condition::kRestarted);
    CHECK(finding.certainty == Certainty::kLikely);  // from another vantage never certain
    CHECK(finding.severity == Severity::kWarning);
    CHECK(finding.remedy.find("restart") != std::string::npos);
  }
}

TEST_CASE("An authority that was never reached is told as such", "[forecast]") {
  Fixture world("8.23.0");
  world.history = AuthorityHistory();
  world.serve(kNoon, kMetadata, fault(Fault::kDns));
  CHECK(world.bad_rules(kNoon).empty());
  CHECK_FALSE(world.judge(kNoon).undetermined.empty());
}

TEST_CASE("Each way in which fetching fails has its rule", "[forecast]") {
  validators::Served slow = body(document(kIssuer));
  slow.delay = seconds(4);
  validators::Served redirect;
  redirect.status = 302;
  redirect.location = "http://id.example.com/plain";
  validators::Served large = body(std::string(11UL * 1024 * 1024, ' '));
  const std::vector<std::pair<std::string, validators::Served>> cases{
      {"refusal-slow", slow},
      {"refusal-redirect", redirect},
      {"refusal-size", large},
      {"refusal-tls", fault(Fault::kTlsExpired)},
      {"refusal-document", body("[]")}};
  for (const auto& [rule, served] : cases) {
    Fixture world("8.23.0");
    world.settings.fetch_timeout = model::DurationSetting(seconds(3), {"appsettings.json", 7, "B"});
    world.serve(kNoon, kMetadata, served);
    INFO(rule);
    CHECK(world.bad_rules(kNoon) == std::vector<std::string>{rule});
  }
}

TEST_CASE("Who waits less than a probe that gave up meets a slow authority", "[forecast]") {
  validators::Served silent = fault(Fault::kTimeout);
  silent.delay = seconds(10);
  Fixture world("8.23.0");
  world.serve(kNoon, kMetadata, silent);
  CHECK(world.bad_rules(kNoon) == std::vector<std::string>{"refusal-unreachable"});
  world.settings.fetch_timeout = model::DurationSetting(seconds(5), {"appsettings.json", 7, "B"});
  const model::Finding finding = world.finding("refusal-slow", kNoon);
  CHECK(finding.summary.find("no answer in 10 s, the service waits 5 s") != std::string::npos);
  CHECK(finding.remedy.find("appsettings.json:7") != std::string::npos);
  CHECK(world.good("refusal-unreachable", kNoon));
}

TEST_CASE("A key set that the library cannot read is not a matter of the document", "[forecast]") {
  Fixture world("8.23.0");
  world.serve(kNoon, kKeys, body("{\"keys\":"));
  CHECK(world.bad_rules(kNoon) == std::vector<std::string>{"refusal-keys"});
}

TEST_CASE("Just after an outage the rule is still that of the outage", "[forecast]") {
  Fixture world("6.10.0");  // asks again 30 s after it failed
  world.serve(kNoon, kMetadata, fault(Fault::kTimeout));
  world.serve(kNoon + minutes(5), kMetadata, body(document(kIssuer)));
  const model::Finding finding =
      world.finding("refusal-unreachable", kNoon + minutes(5) + seconds(1));
  CHECK(finding.summary.find("started before 2026-11-24T12:") != std::string::npos);
  CHECK(world.good("refusal-keys", kNoon + minutes(5) + seconds(1)));
}

TEST_CASE("An http authority is refused at every request", "[forecast]") {
  Fixture world("8.23.0");
  world.settings.authority =
      model::TextSetting("http://id.example.com", {"a.json", 2, "Authority"});
  world.history.add("http://id.example.com/.well-known/openid-configuration",
                    {kNoon, kNoon, body(document("http://id.example.com"))});
  const model::Finding finding = world.finding("refusal-https", kNoon);
  CHECK(finding.status == 500);
  CHECK(finding.severity == Severity::kCritical);
  CHECK(finding.remedy.find("a.json:2") != std::string::npos);
}

TEST_CASE("A service that does not start says why", "[forecast]") {
  Fixture world("8.23.0");
  world.settings.start_fault = model::StartFault{"broken JSON", {"a.json", 5, ""}};
  const model::Finding finding = world.finding("refusal-start", kNoon);
  CHECK(finding.status == 0);
  CHECK(finding.source->line == 5);
  // What runs goes on with what it read when it started.
  CHECK(finding.condition == model::Condition::kRestarted);
  CHECK(finding.severity == Severity::kWarning);
  CHECK(finding.summary.find(" does not start if it is restarted now: broken JSON") !=
        std::string::npos);
  const model::Finding at_start = world.finding("refusal-start", kNoon, true);
  CHECK(at_start.severity == Severity::kCritical);
  CHECK(at_start.summary.find(" does not start when it starts") == std::string::npos);
}

TEST_CASE("What fails at the start is as severe as it is when the start is asked about",
          "[forecast]") {
  Fixture world("8.23.0");
  world.serve(kNoon, kKeys, fault(validators::Fault::kRefused));
  CHECK(world.finding("refusal-unreachable", kNoon, true).severity == Severity::kCritical);
}

TEST_CASE("A key set that goes empty is no matter of the claims, and has two answers",
          "[forecast]") {
  for (const char* version : {"6.10.0", "7.7.1", "8.23.0"}) {
    CAPTURE(version);
    Fixture world(version);
    world.keys(kNoon, {});
    const auto now = kNoon + minutes(2);
    const auto keys = world.finding("refusal-keys", now);
    // What runs lives on its cache until it refreshes.
    CHECK(keys.condition == Condition::kRunning);
    CHECK(std::any_of(keys.evidence.begin(), keys.evidence.end(),
                      [](const auto& row) { return row.fact == "if it is restarted now"; }));
    CHECK(keys.summary.find("a key set without keys") != std::string::npos);
    CHECK(keys.remedy.find("update the library") == std::string::npos);
    CHECK(keys.remedy.find("do not restart") != std::string::npos);
    CHECK(keys.error_message.find("none") == std::string::npos);
    CHECK(world.good("refusal-audience", now));
    CHECK(world.good("refusal-issuer", now));
    // It does not pass by being looked at for long.
    CHECK_FALSE(world.good("refusal-keys", kNoon + base::hours(100)));

    world.tokens.issuer = "https://staging.example.com";
    CHECK(world.good("refusal-audience", now));
    const auto issuer = world.finding("refusal-issuer", now);
    CHECK(issuer.summary.find("staging.example.com") != std::string::npos);
    CHECK(issuer.certainty == Certainty::kCertain);
  }
}

TEST_CASE("Who withdrew the last key serves no new token", "[forecast]") {
  Fixture world("6.10.0");
  world.keys(kNoon, {});
  for (const auto& result : world.judge(kNoon + minutes(2)).results) {
    CHECK(result.finding.remedy.find("callers that fetch a new token") == std::string::npos);
  }
}

TEST_CASE("A set that never had a key that can sign is told as such", "[forecast]") {
  for (const auto& [set, words] :
       {std::pair{R"({"keys":[]})", "a key set without keys"},
        std::pair{R"({"keys":[{"kty":"oct","kid":"s","k":"redacted-0123456789ab"}]})",
                  "a key set without a key that can sign"}}) {
    CAPTURE(set);
    Fixture world("8.23.0");
    world.tokens.audience = "another";
    world.history = AuthorityHistory();
    world.serve(kNoon, kMetadata, body(document(kIssuer)));
    world.serve(kNoon, kKeys, body(set));
    CHECK(world.bad_rules(kNoon) == std::vector<std::string>{"refusal-keys"});
    const auto finding = world.finding("refusal-keys", kNoon);
    CHECK(finding.summary.find(words) != std::string::npos);
    CHECK(finding.remedy.find("no version accepts any token") != std::string::npos);
    for (const auto& row : finding.evidence) CHECK(row.fact != "the token brings");
  }
}

TEST_CASE("OpenIddict refuses a document of another issuer, and it is told at the Issuer",
          "[forecast]") {
  const std::string entra = "https://login.microsoftonline.com/";
  for (const std::string& issuer :
       {std::string("https://other.example.com"), std::string("https://id.example.com/x"),
        entra + "{tenantid}/v2.0"}) {
    CAPTURE(issuer);
    Fixture world("7.8.0", issuer);
    world.settings.profile = "openiddict-validation";
    CHECK(world.bad_rules(kNoon) == std::vector<std::string>{"refusal-issuer"});
    const auto finding = world.finding("refusal-issuer", kNoon, true);
    CHECK(finding.error_id == "ID2170");
    CHECK(finding.severity == Severity::kCritical);
    CHECK(finding.source->line == 3);
    CHECK(finding.summary.find("the issuer '" + issuer + "'") != std::string::npos);
    CHECK(finding.remedy.find("appsettings.json:3") != std::string::npos);
  }
}

TEST_CASE("What was never looked at has no status", "[forecast]") {
  // Read by Newtonsoft.Json up to Microsoft.IdentityModel 6, and not by us.
  const std::string commented = "/* by hand */ " + document(kIssuer);
  for (const char* version : {"6.10.0", "8.23.0"}) {
    CAPTURE(version);
    Fixture world(version);
    world.history = AuthorityHistory();
    world.serve(kNoon, kMetadata, body(commented));
    for (const auto& result : world.judge(kNoon, true).results) {
      CHECK(result.finding.error_message.find("404") == std::string::npos);
      CHECK(result.finding.summary.find("404") == std::string::npos);
    }
  }
}

TEST_CASE("An https authority whose keys lie at http is the provider's to mend", "[forecast]") {
  for (const char* version : {"6.10.0", "8.23.0"}) {
    CAPTURE(version);
    Fixture world(version);
    world.history = AuthorityHistory();
    world.serve(
        kNoon, kMetadata,
        body(R"({"issuer":"https://id.example.com","jwks_uri":"http://id.example.com/k"})"));
    world.serve(kNoon, "http://id.example.com/k", body(key_set({"old"})));
    const auto finding = world.finding("refusal-https", kNoon, true);
    CHECK(finding.remedy.find("`jwks_uri`") != std::string::npos);
    CHECK(finding.remedy.find("deployed Authority") == std::string::npos);
    CHECK(finding.summary.find("http://id.example.com/k") != std::string::npos);
  }
}

}  // namespace idpwatch::forecast
