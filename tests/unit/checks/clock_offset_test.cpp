#include "checks/clock/clock_offset.hpp"

#include "checks/clock/clock_step.hpp"

#include <catch2/catch.hpp>

namespace idpwatch::checks {

namespace {

using base::Duration;
using base::milliseconds;
using base::seconds;
using Catch::Matchers::Contains;
using model::Health;

const base::Instant kNow = *base::parse_rfc3339("2026-11-24T12:00:00Z");

ClockInterval between(Duration lo, std::optional<Duration> hi) {
  return {.lo = lo, .hi = hi, .evidence = DateClass::kFresh, .samples = 12};
}

ClockView view_of(ClockInterval interval, std::optional<Duration> tolerance) {
  return {.authority = "entra",
          .issuer = "https://login.example.com/a",
          .source = "https://login.example.com/a/.well-known/openid-configuration",
          .instance = "vm-17",
          .interval = interval,
          .tolerance = tolerance};
}

Health health(Duration lo, Duration hi, std::optional<Duration> tolerance) {
  return judge_clock(view_of(between(lo, hi), tolerance), kNow).health;
}

}  // namespace

TEST_CASE("clock-offset opens over 80 percent of the tolerance and closes under 60", "[checks]") {
  CHECK(health(seconds(48), seconds(49), seconds(60)) == Health::kUnknown);
  CHECK(health(milliseconds(48'001), seconds(49), seconds(60)) == Health::kFailing);
  CHECK(health(seconds(36), seconds(37), seconds(60)) == Health::kUnknown);
  CHECK(health(milliseconds(35'999), seconds(37), seconds(60)) == Health::kPassing);
  CHECK(health(-seconds(50), -milliseconds(48'001), seconds(60)) == Health::kFailing);
}

TEST_CASE("only what is proven counts: the near end", "[checks]") {
  CHECK(health(-seconds(100), seconds(100), seconds(60)) == Health::kPassing);
  CHECK(health(-seconds(500), -seconds(1), seconds(60)) == Health::kPassing);
  const ClockInterval open = between(-seconds(5000), std::nullopt);
  CHECK(judge_clock(view_of(open, seconds(60)), kNow).health == Health::kPassing);
}

TEST_CASE("without a validator's tolerance clock.warn decides", "[checks]") {
  CHECK(health(milliseconds(1001), seconds(2), std::nullopt) == Health::kFailing);
  CHECK(health(milliseconds(900), seconds(2), std::nullopt) == Health::kUnknown);
  CHECK(health(milliseconds(700), seconds(2), std::nullopt) == Health::kPassing);
}

TEST_CASE("a validator that forgives nothing does not make noise of two good clocks", "[checks]") {
  CHECK(health(milliseconds(60), milliseconds(90), Duration(0)) == Health::kPassing);
  CHECK(health(milliseconds(101), milliseconds(190), Duration(0)) == Health::kFailing);
}

TEST_CASE("no answer, no judgement", "[checks]") {
  ClockView view = view_of(between(seconds(0), seconds(1)), seconds(60));
  view.interval.reset();
  CHECK(judge_clock(view, kNow).health == Health::kUnknown);
}

TEST_CASE("the sentence says the direction, and severity follows the tolerance", "[checks]") {
  const model::CheckResult ahead =
      judge_clock(view_of(between(-milliseconds(4400), -milliseconds(3276)), std::nullopt), kNow);
  CHECK(ahead.finding.summary == "local clock is at least 3.2 s ahead of login.example.com");
  CHECK(ahead.finding.severity == model::Severity::kWarning);
  CHECK(ahead.finding.subject.authority == "entra");
  CHECK(ahead.finding.subject.host == "vm-17");
  const model::CheckResult behind =
      judge_clock(view_of(between(seconds(61), seconds(62)), seconds(60)), kNow);
  CHECK(behind.finding.summary ==
        "local clock is at least 61.0 s behind login.example.com, more than the 1 min that its "
        "validators forgive");
  CHECK(behind.finding.severity == model::Severity::kError);
  CHECK_THAT(behind.finding.remedy, Contains("not yet valid"));
  CHECK(behind.finding.evidence.front().value == "61.0 .. 62.0 s");
}

TEST_CASE("numbers have no more digits than the interval warrants", "[checks]") {
  CHECK(describe_interval(between(milliseconds(-1234), milliseconds(5))) == "-1.3 .. 0.1 s");
  CHECK(describe_interval(between(Duration(1'234'567), Duration(1'264'567))) == "1.23 .. 1.27 s");
  CHECK(describe_interval(between(Duration(1'234'567), Duration(1'235'567))) == "1.234 .. 1.236 s");
  CHECK(describe_interval(between(Duration(-40'000), std::nullopt)) == "-0.1 s or more");
  CHECK(describe_interval(between(Duration(-1'040'000), Duration(-40'000))) == "-1.1 .. 0.0 s");
  CHECK(lo_seconds(between(Duration(1'234'567), std::nullopt)) == Approx(1.234));
  CHECK(*hi_seconds(between(Duration(0), Duration(1'234'567))) == Approx(1.235));
  CHECK_FALSE(hi_seconds(between(Duration(0), std::nullopt)));
}

TEST_CASE("a step of the wall clock has its exact size, slewing is none", "[checks]") {
  ClockStepDetector detector;
  base::Instant wall = kNow;
  Duration boot = seconds(1000);
  CHECK_FALSE(detector.turn(wall, boot));
  for (int i = 0; i < 1000; ++i) {
    wall += milliseconds(500);
    boot += milliseconds(500);
    CHECK_FALSE(detector.turn(wall, boot));
  }
  wall -= milliseconds(3250);
  const auto step = detector.turn(wall, boot);
  REQUIRE(step);
  CHECK(*step == -milliseconds(3250));
  CHECK_FALSE(detector.turn(wall, boot));
}

TEST_CASE("small steps add up", "[checks]") {
  ClockStepDetector detector;
  base::Instant wall = kNow;
  CHECK_FALSE(detector.turn(wall, seconds(1)));
  CHECK_FALSE(detector.turn(wall + milliseconds(300), seconds(1)));
  CHECK(detector.turn(wall + milliseconds(600), seconds(1)) == milliseconds(600));
}

TEST_CASE("a step is an event and a finding about this host", "[checks]") {
  const model::Event event = clock_step_event(-milliseconds(3250), kNow);
  CHECK(event.type == model::EventType::kClockStep);
  CHECK(event.new_value == R"({"step_us":-3250000})");
  const model::CheckResult result = judge_clock_step(-milliseconds(3250), "vm-17", kNow);
  CHECK(result.health == Health::kFailing);
  CHECK(result.finding.summary == "the clock of vm-17 was set 3.250 s back");
  CHECK(result.finding.subject.host == "vm-17");
  CHECK(model::find_rule(result.finding.rule)->event_hold == base::hours(1));
}

}  // namespace idpwatch::checks
