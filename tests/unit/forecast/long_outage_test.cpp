// What does not change for the service is told alike at every look: a long outage, however it
// fails; a key set that never had a key that signs.
#include "fixture.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <string>

namespace idpwatch::forecast {

using base::hours;
using base::minutes;
using model::Certainty;
using model::Condition;
using model::Severity;

namespace {

constexpr std::array kVersions{"6.10.0", "7.1.2", "8.0.1", "8.23.0"};

validators::Served status(int code) {
  validators::Served served;
  served.status = code;
  return served;
}

}  // namespace

TEST_CASE("How an outage fails may change from day to day: the service is told of alike",
          "[forecast]") {
  for (const char* version : kVersions) {
    CAPTURE(version);
    Fixture world(version);
    world.serve(kNoon, kMetadata, status(503));
    const model::Finding first = world.finding("refusal-unreachable", kNoon + minutes(5));
    int days = 0;
    for (int day = 0; day < 20; ++day) {
      const base::Instant at = kNoon + hours(24 * day) + minutes(10);
      world.serve(at, kMetadata,
                  status(std::array{500, 503, 404, 429}.at(static_cast<std::size_t>(day) % 4)));
      world.history.trim(at - hours(48));
      CAPTURE(day);
      CHECK(world.bad_rules(at + minutes(1)) == std::vector<std::string>{"refusal-unreachable"});
      const model::Finding finding = world.finding("refusal-unreachable", at + minutes(1));
      CHECK(finding.condition == Condition::kRestarted);
      CHECK(finding.severity == Severity::kWarning);
      CHECK(finding.error_id == first.error_id);
      ++days;
    }
    CHECK(days == 20);
  }
}

TEST_CASE("An outage that one look met is worth knowing, and a warning from the second look on",
          "[forecast]") {
  for (const char* version : kVersions) {
    CAPTURE(version);
    Fixture world(version);
    world.serve(kNoon, kMetadata, status(503));
    const model::Finding once = world.finding("refusal-unreachable", kNoon);
    CHECK(once.severity == Severity::kInfo);
    CHECK(once.condition == Condition::kRestarted);
    const base::Instant second = kNoon + minutes(1);
    SECTION("it fails alike") { world.serve(second, kMetadata, status(503)); }
    SECTION("it fails otherwise") { world.serve(second, kMetadata, status(502)); }
    CHECK(world.finding("refusal-unreachable", second).severity == Severity::kWarning);
  }
}

TEST_CASE("What one look alone met in an answer is possible, and more when a second look agrees",
          "[forecast]") {
  for (const char* version : {"5.6.0", "6.10.0", "7.1.2", "8.23.0"}) {
    CAPTURE(version);
    std::string url(kKeys);
    validators::Served odd;
    SECTION("a set with no key that .NET can use") {
      odd = body(R"({"keys":[{"kty":"OKP","crv":"Ed25519","kid":"e","alg":"EdDSA","use":"sig",)"
                 R"("x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})");
    }
    SECTION("another issuer") {
      url = kMetadata;
      odd = body(document("https://other.example.com"));
    }
    Fixture world(version);
    world.serve(kNoon, url, odd);
    const auto worst = [&](base::Instant now) {
      auto severity = Severity::kInfo;
      int bad = 0;
      for (const model::CheckResult& one : world.judge(now).results) {
        if (one.health != model::Health::kFailing) continue;
        ++bad;
        if (one.finding.rule == "refusal-withdrawn-key") continue;  // sets of keys act at once
        severity = std::max(severity, one.finding.severity);
      }
      CHECK(bad > 0);
      return severity;
    };
    CHECK(worst(kNoon) <= Severity::kWarning);
    // Later ones fetch because of it, or live on what was good last.
    if (version == std::string("5.6.0")) {
      CHECK(worst(kNoon + minutes(1)) == Severity::kCritical);
    }
  }
}

TEST_CASE("What was never reached from here leaves open what the service meets", "[forecast]") {
  for (const char* version : kVersions) {
    CAPTURE(version);
    Fixture world(version);
    world.facts.issuer.clear();
    world.history = AuthorityHistory();
    world.serve(kNoon, kMetadata, status(403));
    const Forecast told = world.judge(kNoon + minutes(1));
    CHECK(told.undetermined.find("answers 403") != std::string::npos);
    int unknown = 0;
    for (const model::CheckResult& one : told.results) {
      CHECK(one.health != model::Health::kFailing);
      unknown += one.health == model::Health::kUnknown ? 1 : 0;
    }
    CHECK(unknown == 1);
  }
}

// No token without an issuer is thought up.
TEST_CASE("What a start meets where no document was ever read", "[forecast]") {
  Fixture world("7.1.2");
  world.facts.issuer.clear();
  world.history = AuthorityHistory();
  world.serve(kNoon, kMetadata, status(404));
  CHECK(world.finding("refusal-unreachable", kNoon, true).error_id == "IDX10204");
}

TEST_CASE("A key that comes while the document cannot be had may be refused until it is back",
          "[forecast]") {
  for (const char* version : {"6.10.0", "7.1.2", "8.23.0"}) {
    CAPTURE(version);
    Fixture world(version);
    world.serve(kNoon - hours(72), kMetadata, status(404));
    world.keys(kNoon, {"old", "new"});
    const base::Instant now = kNoon + minutes(1);
    const model::Finding finding = world.finding("refusal-rotation", now);
    CHECK(finding.condition == Condition::kRunning);
    CHECK(finding.certainty == Certainty::kPossible);
    CHECK(finding.severity == Severity::kWarning);
    CHECK_FALSE(finding.window->until);
    CHECK(finding.remedy.find("cannot fetch the key while") != std::string::npos);
    CHECK(world.finding("refusal-unreachable", now).condition == Condition::kRestarted);
    CHECK(world.finding("refusal-unreachable", now).severity == Severity::kWarning);
  }
}

TEST_CASE("A set that never had a key that signs is one finding with one severity", "[forecast]") {
  for (const char* version : kVersions) {
    CAPTURE(version);
    Fixture world(version);
    world.history = AuthorityHistory();
    const auto set = [](int number) {
      std::string key = jwk("enc" + std::to_string(number));
      key.replace(key.find("\"sig\""), 5, "\"enc\"");
      return body("{\"keys\":[" + key + "]}");
    };
    world.serve(kNoon - hours(100), kMetadata, body(document(kIssuer)));
    world.serve(kNoon - hours(100), kKeys, set(0));
    const model::Finding first = world.finding("refusal-keys", kNoon - hours(50));
    for (int day = 0; day < 6; ++day) {
      const base::Instant at = kNoon + hours(24 * day);
      if (day == 2) world.serve(at, kKeys, set(1));
      if (day == 3) world.serve(at, kMetadata, body(document(kIssuer) + " "));
      CAPTURE(day);
      CHECK(world.bad_rules(at + minutes(1)) == std::vector<std::string>{"refusal-keys"});
      const model::Finding finding = world.finding("refusal-keys", at + minutes(1));
      CHECK(finding.severity == first.severity);
      CHECK(finding.condition == first.condition);
      CHECK(finding.error_id == first.error_id);
    }
  }
}

}  // namespace idpwatch::forecast
