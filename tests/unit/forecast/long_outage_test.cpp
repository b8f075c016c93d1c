// What does not change for the service is told alike at every look: a long outage, however it
// fails; a key set that never had a key that signs.
#include "fixture.hpp"

#include <catch2/catch.hpp>

#include <array>

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

TEST_CASE("No token without an issuer is thought up where no document was ever read",
          "[forecast]") {
  Fixture world("7.1.2");
  world.facts.issuer.clear();
  world.history = AuthorityHistory();
  world.serve(kNoon, kMetadata, status(404));
  CHECK(world.finding("refusal-unreachable", kNoon + minutes(1)).error_id == "IDX10204");
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
    CHECK(finding.remedy.find("document is back") != std::string::npos);
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
