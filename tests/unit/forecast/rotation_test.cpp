#include "fixture.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

namespace idpwatch::forecast {

using base::hours;
using base::minutes;
using base::seconds;
using model::Certainty;
using model::Condition;
using model::Severity;

TEST_CASE("A steady authority gives no finding in any version", "[forecast]") {
  for (const char* version : {"5.6.0", "6.10.0", "7.7.1", "8.0.1", "8.23.0"}) {
    INFO(version);
    CHECK(Fixture(version).bad_rules(kNoon).empty());
  }
}

TEST_CASE("A key published beside the old one may be refused from its first sight on",
          "[forecast]") {
  Fixture world("6.10.0");
  world.keys(kNoon, {"old", "new"});
  const model::Finding finding = world.finding("refusal-rotation", kNoon);
  CHECK(finding.certainty == Certainty::kPossible);
  CHECK(finding.severity == Severity::kInfo);  // the first refused request brings the key
  CHECK(finding.condition == Condition::kRunning);
  CHECK(finding.status == 401);
  CHECK(finding.error_id == "IDX10501");
  CHECK(*finding.window->earliest >= kNoon - minutes(1));
  CHECK(*finding.window->earliest <= kNoon);
  CHECK_FALSE(finding.window->latest);
  // A forced refresh right before the key came keeps the next one away for five minutes.
  CHECK(*finding.window->longest_s >= 299);
  CHECK(*finding.window->longest_s <= 301);
  // Whoever fetched right before that look, fetches after twelve hours by himself.
  CHECK(*finding.window->until <= kNoon + hours(12) + seconds(20));
}

TEST_CASE("Where unknown keys never lead to a refresh, an old cache refuses up to its whole life",
          "[forecast]") {
  Fixture world("6.10.0");
  world.settings.refresh_on_unknown_kid = model::FlagSetting(false, {"appsettings.json", 9, "R"});
  world.keys(kNoon, {"new"});
  const model::Finding finding = world.finding("refusal-rotation", kNoon);
  CHECK(finding.certainty == Certainty::kLikely);  // all but those that started within the minute
  CHECK(finding.severity == Severity::kCritical);
  CHECK(finding.error_id == "IDX10501");
  REQUIRE(finding.window->until);
  CHECK(*finding.window->until >= kNoon + hours(12) - minutes(1));
  CHECK(*finding.window->until <= kNoon + hours(12) + seconds(20));
  CHECK(*finding.window->longest_s <= 12 * 3600 + 60);
  CHECK(finding.remedy.find("appsettings.json:9") != std::string::npos);
}

TEST_CASE("A swap at once is mended by the forced refresh, or five minutes after a spent one",
          "[forecast]") {
  Fixture world("6.10.0");
  world.keys(kNoon, {"new"});
  const model::Finding finding = world.finding("refusal-rotation", kNoon);
  REQUIRE(finding.window->until);
  CHECK(*finding.window->until <= kNoon + minutes(5) + seconds(20));
  CHECK(world.good("refusal-rotation", kNoon + minutes(6)));
  // Possible, and not likely: whoever had not spent the forced refresh is over it at once.
  const auto over = [&](base::Instant now) {
    const auto rows = world.finding("refusal-rotation", now).evidence;
    return std::any_of(rows.begin(), rows.end(),
                       [](const auto& row) { return row.fact == "most instances"; });
  };
  CHECK(over(kNoon));
  CHECK(over(kNoon + seconds(2)));
  world = Fixture("6.10.0");
  world.keys(kNoon, {"old", "new"});
  CHECK_FALSE(over(kNoon + seconds(2)));  // the new key may not sign yet
}

TEST_CASE("Tokens of a key that left are refused until the last of them has ended", "[forecast]") {
  Fixture world("6.10.0");
  world.keys(kNoon, {"new"});
  const model::Finding finding = world.finding("refusal-withdrawn-key", kNoon + minutes(10));
  CHECK(finding.status == 401);
  REQUIRE(finding.window->until);
  CHECK(*finding.window->until <= kNoon + hours(1) + seconds(20));
  CHECK(world.good("refusal-withdrawn-key", kNoon + hours(1) + minutes(1)));
}

TEST_CASE("From .NET 8 on the last good keys save old tokens as it runs, not when restarted",
          "[forecast]") {
  Fixture world("7.7.1");
  world.settings.variant = "";
  world.keys(kNoon, {"new"});
  const model::Finding finding = world.finding("refusal-withdrawn-key", kNoon + minutes(10));
  INFO(finding.summary);
  CHECK((finding.condition == Condition::kRestarted || finding.certainty == Certainty::kPossible));
}

TEST_CASE("A blocking .NET 8 takes a new key within the request that brings it", "[forecast]") {
  Fixture world("7.7.1");
  world.keys(kNoon, {"old", "new"});
  const auto bad = world.judge(kNoon);
  for (const model::CheckResult& result : bad.results) {
    if (result.finding.rule != "refusal-rotation") continue;
    INFO(result.finding.summary);
    // Only one whose forced refresh was spent refuses.
    if (result.health == model::Health::kFailing) {
      CHECK(*result.finding.window->longest_s <= 301);
      CHECK(result.finding.certainty == Certainty::kPossible);
    }
  }
}

TEST_CASE("A known start narrows the window", "[forecast]") {
  Fixture world("6.10.0");
  world.settings.refresh_on_unknown_kid = model::FlagSetting(false);
  world.started_at = kNoon - hours(3);
  world.keys(kNoon, {"new"});
  const model::Finding finding = world.finding("refusal-rotation", kNoon);
  CHECK(finding.certainty == Certainty::kCertain);
  CHECK(finding.severity == Severity::kCritical);
  REQUIRE(finding.window->until);
  CHECK(*finding.window->until >= kNoon + hours(9));
  CHECK(*finding.window->until <= kNoon + hours(9) + seconds(20));
  world.started_at = kNoon + minutes(1);
  CHECK(world.good("refusal-rotation", kNoon + minutes(2)));
}

TEST_CASE("A key that is taken back before it signed leaves no finding", "[forecast]") {
  Fixture world("8.23.0");
  world.keys(kNoon, {"old", "new"});
  world.keys(kNoon + minutes(10), {"old"});
  CHECK(world.good("refusal-rotation", kNoon + hours(14)));
}

TEST_CASE("Where a day lies between two looks, nothing is certain of a swap within it",
          "[forecast]") {
  for (const char* version : {"5.6.0", "6.10.0", "7.1.2", "8.23.0"}) {
    CAPTURE(version);
    Fixture world(version);
    world.looks = hours(24);
    world.keys(kNoon, {"new"});
    for (const model::CheckResult& one : world.judge(kNoon + minutes(1)).results) {
      if (one.health != model::Health::kFailing) continue;
      INFO(one.finding.summary);
      CHECK(one.finding.certainty == Certainty::kPossible);
      CHECK(one.finding.severity == Severity::kInfo);
    }
  }
}

}  // namespace idpwatch::forecast
