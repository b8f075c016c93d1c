// What the next rotation will do, where the authority's habit is known.
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

namespace {

constexpr base::Duration kMonth = hours(24 * 30);
// The next rotation of an authority that rotated a month ago less three days.
const base::Instant kNext = kNoon + hours(72);
const base::Instant kLast = kNext - kMonth;

}  // namespace

TEST_CASE("A swap at once is told before it comes, where it usually comes so", "[forecast]") {
  for (const char* version : {"5.6.0", "6.10.0", "6.33.0", "7.7.1", "8.0.1", "8.23.0"}) {
    Fixture world(version);
    world.rotates(kLast, kMonth, base::Duration(0));
    const model::Finding finding = world.finding("refusal-rotation", kNoon);
    INFO(version << " " << finding.summary << " " << model::to_text(*finding.certainty));
    CHECK(finding.condition == Condition::kRunning);
    CHECK(finding.status == 401);
    CHECK_FALSE(finding.error_id.empty());
    REQUIRE(finding.window->earliest);
    CHECK(*finding.window->earliest >= kNext - minutes(11));
    CHECK(*finding.window->earliest <= kNext - minutes(9));
    REQUIRE(finding.window->until);
    CHECK(*finding.window->until >= kNext + minutes(10));
    CHECK(*finding.window->until <= kNext + minutes(16));
    CHECK_FALSE(finding.window->latest);
    CHECK(finding.certainty != Certainty::kCertain);
    // Who is well again within one forced refresh needs no warning.
    const bool brief = finding.certainty == Certainty::kPossible;
    CHECK(finding.severity == (brief ? Severity::kInfo : Severity::kWarning));
    CHECK(finding.summary.find("(not known yet)") == std::string::npos);
  }
}

TEST_CASE("Tokens of the former key are told of, too, where the version forgets it", "[forecast]") {
  for (const char* version : {"5.6.0", "6.10.0", "6.33.0"}) {
    Fixture world(version);
    world.rotates(kLast, kMonth, base::Duration(0));
    const model::Finding finding = world.finding("refusal-withdrawn-key", kNoon);
    INFO(version);
    CHECK(finding.certainty == Certainty::kLikely);
    CHECK(*finding.window->longest_s <= 3600);
    CHECK(*finding.window->until <= kNext + minutes(71));
  }
  // The last good keys live as long as these tokens.
  Fixture world("8.23.0");
  world.rotates(kLast, kMonth, base::Duration(0));
  CHECK(world.bad_rules(kNoon) == std::vector<std::string>{"refusal-rotation"});
}

TEST_CASE("The evidence names the rotations that were seen, and the habit", "[forecast]") {
  Fixture world("6.10.0");
  world.rotates(kLast, kMonth, base::Duration(0));
  const model::Finding finding = world.finding("refusal-rotation", kNoon);
  std::vector<std::string> past;
  for (const model::Evidence& row : finding.evidence) {
    if (row.fact == "past rotation") past.push_back(row.value);
    if (row.fact == "learned cadence") CHECK(row.value.find("every 30 d") != std::string::npos);
  }
  REQUIRE(past.size() == 4);
  CHECK(past.front() ==
        "key 'old' published at 2026-10-28T12:00:00Z, key 'k1' gone at 2026-10-28T12:00:00Z "
        "(without overlap)");
  CHECK(finding.summary.find("every 30 d, without overlap") != std::string::npos);
  CHECK(finding.summary.find("2026-11-27T11:50:00Z") != std::string::npos);
  CHECK(finding.remedy.find("ask the provider") != std::string::npos);
}

TEST_CASE("Who survives the usual overlap is left alone", "[forecast]") {
  for (const char* version : {"5.6.0", "6.10.0", "7.7.1", "8.23.0"}) {
    for (const base::Duration overlap : {hours(26), hours(24 * 20), hours(24 * 60)}) {
      Fixture world(version);
      world.rotates(kLast, kMonth, overlap);
      INFO(version << " " << base::format_duration(overlap));
      CHECK(world.bad_rules(kNoon).empty());
    }
  }
}

TEST_CASE("An overlap shorter than a cache lives is told to those alone that it hurts",
          "[forecast]") {
  Fixture world("6.10.0");  // fetches every twelve hours
  world.settings.refresh_on_unknown_kid = model::FlagSetting(false);
  world.rotates(kLast, kMonth, hours(6));
  const model::Finding finding = world.finding("refusal-rotation", kNoon);
  CHECK(*finding.window->earliest >= kNext);
  CHECK(*finding.window->until <= kNext + hours(12) + minutes(11));
  CHECK(world.good("refusal-withdrawn-key", kNoon));  // signs early enough for the last old token
  world.settings.automatic_refresh = model::DurationSetting(hours(4));
  CHECK(world.bad_rules(kNoon).empty());
}

TEST_CASE("Where a canary shows that keys sign at once, the overlap is no help", "[forecast]") {
  Fixture world("6.10.0");
  world.settings.refresh_on_unknown_kid = model::FlagSetting(false);
  world.rotates(kLast, kMonth, hours(12));
  for (checks::Rotation& one : world.facts.rotations) one.lead = base::Duration(0);
  const model::Finding finding = world.finding("refusal-rotation", kNoon);
  CHECK(*finding.window->longest_s >= 11 * 3600);
}

TEST_CASE("What is weeks away is told when it is asked for, and alerts no one", "[forecast]") {
  Fixture world("6.10.0");
  world.rotates(kNoon - hours(24 * 10), kMonth, base::Duration(0));
  CHECK(world.bad_rules(kNoon).empty());
  CHECK(world.bad_rules(kNoon + hours(24 * 14)).size() == 2);
  world.foresight.reset();
  CHECK(world.bad_rules(kNoon).size() == 2);
}

TEST_CASE("A short cadence is told half of it ahead", "[forecast]") {
  Fixture world("6.10.0");
  world.rotates(kNoon - hours(2), hours(24), base::Duration(0));
  CHECK(world.good("refusal-rotation", kNoon));
  CHECK_FALSE(world.good("refusal-rotation", kNoon + hours(11)));
}

TEST_CASE("No habit, no forecast: irregular, never withdrawn, or broken off", "[forecast]") {
  Fixture world("6.10.0");
  world.rotates(kLast, kMonth, base::Duration(0), 3);
  CHECK(world.bad_rules(kNoon).empty());
  world.rotates(kLast, kMonth, base::Duration(0));
  world.facts.rotations.clear();
  CHECK(world.bad_rules(kNoon).empty());
  world.rotates(kNoon - kMonth - hours(24 * 3), kMonth, base::Duration(0));
  const model::Finding overdue = world.finding("refusal-rotation", kNoon);
  CHECK(overdue.certainty == Certainty::kPossible);
  CHECK(overdue.summary.find("overdue") != std::string::npos);
  world.rotates(kNoon - kMonth - hours(24 * 9), kMonth, base::Duration(0));
  CHECK(world.bad_rules(kNoon).empty());
}

TEST_CASE("A habit that varies makes the next time possible, not likely", "[forecast]") {
  Fixture world("6.10.0");
  world.rotates(kLast, kMonth, base::Duration(0));
  CHECK(world.finding("refusal-rotation", kNoon).certainty == Certainty::kLikely);
  world.facts.rotations.front().overlap = hours(48);
  CHECK(world.finding("refusal-rotation", kNoon).certainty == Certainty::kPossible);
  // Usually gentle, once not: left alone.
  for (std::size_t i = 1; i < 3; ++i) world.facts.rotations[i].overlap = hours(48);
  CHECK(world.bad_rules(kNoon).empty());
}

TEST_CASE("Where other keys stay, one of them may be the one that signs", "[forecast]") {
  Fixture world("6.10.0");
  world.keys(kNoon - hours(24 * 6), {"static", "old"});
  world.rotates(kLast, kMonth, base::Duration(0));
  CHECK(world.finding("refusal-rotation", kNoon).certainty == Certainty::kPossible);
}

TEST_CASE("Likely within the day is an error before it happens", "[forecast]") {
  Fixture world("6.10.0");
  world.rotates(kLast, kMonth, base::Duration(0));
  CHECK(world.finding("refusal-withdrawn-key", kNext - hours(25)).severity == Severity::kWarning);
  CHECK(world.finding("refusal-withdrawn-key", kNext - hours(20)).severity == Severity::kError);
}

TEST_CASE("A pinned key is told of before the authority leaves it", "[forecast]") {
  Fixture world("8.23.0");
  world.settings.authority = {};
  world.settings.issuers = model::ListSetting({std::string(kIssuer)});
  world.settings.pinned_keys = model::ListSetting({jwk("old")}, {"appsettings.json", 6, "Key"});
  CHECK(world.bad_rules(kNoon).empty());
  world.rotates(kLast, kMonth, hours(24 * 20));  // no overlap helps
  const model::Finding finding = world.finding("refusal-pinned-key", kNoon);
  CHECK(finding.certainty == Certainty::kLikely);
  CHECK(finding.error_id.starts_with("IDX105"));
  CHECK_FALSE(finding.window->until);
  CHECK(finding.remedy.find("appsettings.json:6") != std::string::npos);
}

TEST_CASE("What happens now is told before what is only expected", "[forecast]") {
  Fixture world("6.10.0");
  world.rotates(kLast, kMonth, base::Duration(0));
  world.keys(kNoon - minutes(1), {"old", "new"});
  const model::Finding finding = world.finding("refusal-rotation", kNoon);
  CHECK(*finding.window->earliest <= kNoon);
  CHECK(finding.summary.find("next rotation") == std::string::npos);
}

TEST_CASE("A service as it would start now is not asked about the next rotation", "[forecast]") {
  Fixture world("6.10.0");
  world.rotates(kLast, kMonth, base::Duration(0));
  for (const model::CheckResult& result : world.judge(kNoon, true).results) {
    CHECK(result.health == model::Health::kPassing);
  }
}

TEST_CASE("The next rotation is foretold through a redirect, and not at all where it leads nowhere",
          "[forecast]") {
  constexpr std::string_view kMoved = "https://id.example.com/moved";
  const auto redirected = [&](bool leads_on) {
    Fixture world("6.10.0");
    world.rotates(kLast, kMonth, base::Duration(0));
    validators::Served redirect;  // without a body
    redirect.status = 302;
    redirect.location = kMoved;
    world.serve(kLast + hours(1), "https://id.example.com/keys", redirect);
    if (leads_on) world.serve(kLast + hours(1), kMoved, body(key_set({"old"})));
    return world;
  };
  Fixture moved = redirected(true);
  const auto rules = moved.bad_rules(kNoon);
  CHECK(std::find(rules.begin(), rules.end(), "refusal-rotation") != rules.end());
  CHECK_NOTHROW(redirected(false).judge(kNoon));
}

}  // namespace idpwatch::forecast
