// Windows as narrow as the unknowns allow, on cases that were worked by hand.
#include "fixture.hpp"

#include <catch2/catch.hpp>

namespace idpwatch::forecast {

using base::hours;
using base::minutes;
using base::seconds;
using model::Certainty;
using model::Condition;
using model::Severity;
using validators::Fault;

TEST_CASE("Severity rises as a sure window comes near, and the next change is told", "[forecast]") {
  Fixture world("6.10.0");
  world.settings.refresh_on_unknown_kid = model::FlagSetting(false);
  world.settings.automatic_refresh = model::DurationSetting(hours(40));
  // It will fetch the set without the old key at this time, when tokens of that key still live.
  world.started_at = kNoon - hours(38);
  world.tokens.lifetime = hours(30);
  world.keys(kNoon, {"old", "new"});
  world.keys(kNoon + minutes(1), {"new"});
  const base::Instant fetch = kNoon + hours(2);
  const auto early = world.finding("refusal-withdrawn-key", kNoon + minutes(2));
  CHECK(early.certainty == Certainty::kCertain);
  CHECK(early.severity == Severity::kError);
  CHECK(*early.window->earliest >= fetch - seconds(1));
  CHECK(*early.window->latest <= fetch + seconds(1));
  const auto judged = world.judge(kNoon + minutes(2));
  REQUIRE(judged.next_change);
  CHECK(*judged.next_change <= fetch - hours(1) + seconds(1));
  CHECK(world.finding("refusal-withdrawn-key", fetch - minutes(59)).severity ==
        Severity::kCritical);
}

TEST_CASE("A background refresh takes a new key after the first refusal", "[forecast]") {
  Fixture world("8.23.0");
  world.started_at = kNoon - hours(3);
  world.keys(kNoon, {"new"});
  const auto finding = world.finding("refusal-rotation", kNoon);
  CHECK(finding.error_id == "IDX10503");
  CHECK(*finding.window->longest_s <= 301);
  CHECK(*finding.window->until <= kNoon + minutes(5) + seconds(20));
}

TEST_CASE("What started after the change is not concerned", "[forecast]") {
  for (const char* version : {"5.6.0", "6.10.0", "7.7.1", "8.23.0"}) {
    Fixture world(version);
    world.started_at = kNoon + minutes(5);
    world.keys(kNoon, {"old", "new"});
    INFO(version);
    CHECK(world.bad_rules(kNoon + minutes(6)).empty());
  }
}

TEST_CASE("A new issuer in the document is refused until the document is fetched again",
          "[forecast]") {
  Fixture world("6.10.0");
  world.serve(kNoon, kMetadata, body(document("https://new.example.com")));
  const auto finding = world.finding("refusal-issuer", kNoon);
  CHECK(finding.error_id == "IDX10205");
  CHECK(*finding.window->until <= kNoon + hours(13) + seconds(20));
  CHECK(world.good("refusal-issuer", kNoon + hours(14)));
}

TEST_CASE("A rotation during an outage lasts until the outage ends", "[forecast]") {
  Fixture world("6.10.0");
  world.keys(kNoon, {"new"});
  world.serve(kNoon + minutes(1), kMetadata, fault(Fault::kRefused));
  const auto finding = world.finding("refusal-rotation", kNoon + minutes(2));
  CHECK_FALSE(finding.window->until);
}

TEST_CASE("Other profiles are judged by their own errors", "[forecast]") {
  const std::string tenant = "11111111-2222-3333-4444-555555555555";
  Fixture web("4.18.0", "https://login.microsoftonline.com/" + tenant + "/v2.0");
  web.settings.profile = "microsoft-identity-web";
  web.settings.client_id = model::TextSetting("99999999-2222-3333-4444-555555555555");
  web.settings.audiences = {};
  web.settings.tenant_id = model::TextSetting(tenant);
  web.settings.authority = model::TextSetting("https://id.example.com/v2.0");
  const std::string url = "https://id.example.com/v2.0/.well-known/openid-configuration";
  web.history = AuthorityHistory();
  web.keys(kNoon - hours(100), {"old"});
  web.serve(kNoon - hours(100), url,
            body(document("https://login.microsoftonline.com/" + tenant + "/v2.0")));
  const auto bad = web.judge(kNoon);
  for (const auto& result : bad.results) {
    INFO(result.finding.rule << ": " << result.finding.summary);
    CHECK(result.health == model::Health::kPassing);
  }
  Fixture iddict("7.8.0");
  iddict.settings.profile = "openiddict-validation";
  CHECK(iddict.bad_rules(kNoon).empty());
  iddict.serve(kNoon, kMetadata, fault(Fault::kRefused));
  CHECK(iddict.finding("refusal-unreachable", kNoon).error_id == "ID2170");
}

TEST_CASE("Texts name the service, the key, the time and the line, and hide what is hostile",
          "[forecast]") {
  Fixture world("6.10.0");
  world.keys(kNoon, {"old", "n\x1b[31mew"});
  const auto finding = world.finding("refusal-rotation", kNoon);
  CHECK(finding.summary.find("orders-api") == 0);
  CHECK(finding.summary.find("IDX10501") != std::string::npos);
  CHECK(finding.summary.find("2026-11-25T00:00:") != std::string::npos);
  for (const std::string& text : {finding.summary, finding.error_message, finding.remedy}) {
    CHECK(text.find('\x1b') == std::string::npos);
  }
  CHECK(finding.source->file == "appsettings.json");
  CHECK(finding.vantage == "vm-17");
}

TEST_CASE("As if started now: only what a start meets", "[forecast]") {
  Fixture world("6.10.0");
  world.keys(kNoon, {"new"});
  Forecast told = world.judge(kNoon, true);
  for (const model::CheckResult& result : told.results) {
    if (result.health == model::Health::kFailing) {
      CHECK(result.finding.rule == "refusal-withdrawn-key");
      CHECK(result.finding.condition == Condition::kRestarted);
    }
  }
}

}  // namespace idpwatch::forecast
