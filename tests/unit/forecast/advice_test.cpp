// What a person is told to do: one advice, with a time, which agrees with what a restart would
// meet.
#include "fixture.hpp"
#include "forecast/wording/difference.hpp"

#include <catch2/catch.hpp>

namespace idpwatch::forecast {

namespace {

using base::hours;
using base::Instant;
using base::minutes;
using base::seconds;

bool says(const std::string& text, const std::string& words) {
  INFO(text);
  return text.find(words) != std::string::npos;
}

// Key "a" left half a minute after "b" came, then all was down for 81 s.
Fixture after_outage(const std::string& version) {
  Fixture world(version);
  world.looks = seconds(5);
  world.tokens.lifetime = minutes(5);
  world.keys(kNoon, {"a", "b"});
  world.keys(kNoon + seconds(50), {"b"});
  world.keys(kNoon + seconds(99), {"b", "c"});
  for (const std::string_view url : {kMetadata, kKeys}) {
    world.serve(kNoon + seconds(145), url, fault(validators::Fault::kRefused));
  }
  world.serve(kNoon + seconds(226), kMetadata, body(document(kIssuer)));
  world.keys(kNoon + seconds(226), {"b", "c"});
  return world;
}

}  // namespace

TEST_CASE("A restart that refuses tokens of the former key is advised against until they end",
          "[forecast]") {
  Fixture world("5.5.0");
  world.tokens.lifetime = minutes(5);
  world.settings.refresh_on_unknown_kid = model::Setting<bool>(false, {"appsettings.json", 9, "x"});
  world.keys(kNoon, {"new"});
  const model::Finding finding = world.finding("refusal-rotation", kNoon);
  CHECK(says(finding.summary, "tokens signed with key 'new'"));
  CHECK(says(finding.remedy, "Do not restart it before 2026-11-24T12:05:"));
  CHECK(says(finding.remedy, "answers 401 (IDX10501) to tokens signed with key 'old'"));
  CHECK(says(finding.remedy, "Restart it then"));
  CHECK(says(world.finding("refusal-withdrawn-key", kNoon).remedy, "fetch a new token"));
  // Once they have ended, the restart is the advice.
  const model::Finding later = world.finding("refusal-rotation", kNoon + minutes(10));
  CHECK(later.remedy.starts_with("Restart orders-api now"));
}

TEST_CASE("Where instances help themselves, no restart is advised, and the time is told",
          "[forecast]") {
  for (const std::string version : {"6.10.0", "7.1.2", "8.0.1"}) {
    Fixture world(version);
    world.keys(kNoon, {"old", "new"});
    const model::Finding finding = world.finding("refusal-rotation", kNoon);
    CHECK(says(finding.summary, "for at most 5 min per instance"));
    CHECK(says(finding.remedy, "No action needed"));
    CHECK_FALSE(says(finding.remedy, "estart"));
  }
}

TEST_CASE("One more key that is published ahead is no reason to restart, nor for an alert",
          "[forecast]") {
  for (const char* version : {"5.6.0", "6.10.0", "7.1.2", "8.0.1", "8.23.0"}) {
    Fixture world(version);
    // Each key stands beside the next one for a month.
    world.keys(kNoon - hours(50), {"k1", "old"});
    world.rotates(kNoon - hours(1), hours(24 * 30), hours(24 * 30));
    world.keys(kNoon - hours(1), {"old", "next"});
    CAPTURE(version);
    const auto forecast = world.judge(kNoon);
    for (const model::CheckResult& result : forecast.results) {
      if (result.health != model::Health::kFailing) continue;
      CAPTURE(result.finding.summary, result.finding.remedy);
      CHECK(result.finding.severity == model::Severity::kInfo);
      CHECK(result.finding.certainty == model::Certainty::kPossible);
      CHECK(result.finding.remedy.find("restart") == std::string::npos);
      CHECK(result.finding.remedy.find("Restart") == std::string::npos);
    }
  }
}

TEST_CASE("In an outage the restart waits for the address, and not for an hour", "[forecast]") {
  Fixture world("6.10.0");
  world.keys(kNoon, {"old", "new"});
  for (const std::string_view url : {kMetadata, kKeys}) {
    world.serve(kNoon + minutes(1), url, fault(validators::Fault::kRefused));
  }
  const model::Finding finding = world.finding("refusal-rotation", kNoon + minutes(1));
  CHECK(says(finding.remedy, "Do not restart it until " + std::string(kMetadata) + " works"));
  CHECK(says(finding.remedy, "answers 500 (IDX20803)"));
  const model::Finding start = world.finding("refusal-unreachable", kNoon + minutes(1));
  CHECK(says(start.remedy, "it worked before"));
  for (const model::Evidence& row : start.evidence) CHECK(row.fact != "key");
}

TEST_CASE("After an outage it is over, whatever an instance last met", "[forecast]") {
  for (const std::string version : {"5.5.0", "6.35.0", "7.1.2", "8.0.1"}) {
    CAPTURE(version);
    Fixture world = after_outage(version);
    const Instant now = kNoon + seconds(226);
    for (const std::string& rule : world.bad_rules(now)) {
      CHECK(rule != "refusal-keys");
      const model::Finding finding = world.finding(rule, now);
      // One instance is over it long before the window of all of them.
      CHECK(finding.window.value().longest_s.value_or(86400) <= 3600);
      if (rule != "refusal-unreachable") continue;
      CHECK(says(finding.summary, "started before 2026-11-24T12:03:46Z"));
      CHECK(finding.remedy.starts_with("No action needed"));
      CHECK_FALSE(says(finding.remedy, "Restore"));
    }
  }
}

TEST_CASE("Nodes that disagree are what is to be mended, and no restart", "[forecast]") {
  Fixture world("7.1.2");
  for (int i = 0; i < 8; ++i) world.keys(kNoon + minutes(i), {i % 2 == 0 ? "a" : "b"});
  const model::Finding finding = world.finding("refusal-rotation", kNoon + minutes(7));
  CHECK(says(finding.summary, "its nodes disagree"));
  CHECK(says(finding.remedy, "share one key store"));
}

TEST_CASE("A changed issuer is told with both values, and which tokens are refused", "[forecast]") {
  const std::string moved = "https://new.example.com";
  for (const std::string version : {"5.5.0", "7.1.2", "8.0.1"}) {
    CAPTURE(version);
    Fixture world(version);
    world.tokens.lifetime = minutes(5);
    world.serve(kNoon, kMetadata, body(document(moved)));
    const model::Finding there = world.finding("refusal-issuer", kNoon);
    CHECK(says(there.summary, "to tokens with the issuer '" + moved + "'"));
    CHECK(says(there.summary, "changed its issuer from '" + std::string(kIssuer) + "' to '" +
                                  moved + "' (they differ in the host"));
    CHECK(says(there.remedy, "have the provider restore the issuer '" + std::string(kIssuer)));
    // And back again: what was issued meanwhile is refused until it expires.
    const Instant back = kNoon + minutes(20);
    world.serve(back, kMetadata, body(document(kIssuer)));
    if (world.good("refusal-issuer", back)) continue;
    const model::Finding again = world.finding("refusal-issuer", back);
    const bool former = says(again.summary, "to tokens with the issuer '" + moved + "'");
    CHECK(former == again.remedy.starts_with("Have callers that are refused fetch a new token"));
    CHECK(former == !says(again.summary, "to tokens with the issuer '" + std::string(kIssuer)));
  }
}

TEST_CASE("Where two values differ is pointed at", "[forecast]") {
  CHECK(difference("https://id/", "https://id") == "only the first ends in a slash");
  CHECK(difference("https://id", "https://id/") == "only the second ends in a slash");
  CHECK(difference("http://id/r", "https://id/r") == "they differ in the scheme, http and https");
  CHECK(difference("https://a/r", "https://b/r") == "they differ in the host, a and b");
  CHECK(difference("https://a:8443/r", "https://a/r") == "they differ in the port");
  CHECK(difference("https://a:8443/r", "https://a/q") ==
        "they differ in the port; and in the path, /r and /q");
  CHECK(difference("https://a/r", "https://b/q") == "");
  CHECK(difference("https://a/realms/x", "https://a/realms/y") ==
        "they differ in the path, /realms/x and /realms/y");
  CHECK(difference("https://a/Realms/x", "https://a/realms/x") ==
        "they differ in upper and lower case");
  CHECK(difference("api://orders", "orders") == "only the first begins with api://");
  CHECK(difference("orders", "billing, api://orders") == "only the second begins with api://");
  CHECK(difference("orders", "billing") == "");
  CHECK(difference("accounts.google.com", "https://accounts.google.com") ==
        "the first has no scheme");
}

}  // namespace idpwatch::forecast
