// What is known of single providers, read off the recorded data by hand.
#include "checks/timeline/rotations.hpp"
#include "tests/corpus/corpus_replay.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>

namespace idpwatch::corpus {

namespace {

using model::EventType;

std::vector<model::Event> of_type(const Replay& replayed, EventType type) {
  std::vector<model::Event> out;
  std::ranges::copy_if(replayed.events, std::back_inserter(out),
                       [type](const model::Event& event) { return event.type == type; });
  return out;
}

std::string day(base::Instant at) { return base::format_rfc3339(at).substr(0, 10); }

// "2025-06-13 252": the day and the label of each event of a type.
std::vector<std::string> days(const Replay& replayed, EventType type) {
  std::vector<std::string> out;
  for (const model::Event& event : of_type(replayed, type)) {
    out.push_back(day(event.at) + ' ' + event.kid.value_or("-"));
  }
  return out;
}

std::vector<model::KeyRecord> records(const Replay& replayed) {
  std::vector<model::KeyRecord> out;
  for (const auto& [thumbprint, record] : replayed.keys) out.push_back(record);
  return out;
}

std::vector<checks::Rotation> rotations_of(const Replay& replayed) {
  return checks::rotations(replayed.events, records(replayed));
}

using Days = std::vector<std::string>;

}  // namespace

TEST_CASE("caixa-api: the same kid with new key material", "[corpus]") {
  const Replay replayed = replay(load("caixa-api"));
  CHECK(days(replayed, EventType::kKeyMaterialChanged) == Days{"2026-05-25 default_ssl_key"});
  CHECK(days(replayed, EventType::kKeysetReplaced) == Days{"2026-05-25 -"});
  // The failed look of 2025-12-22 took nothing away.
  CHECK(days(replayed, EventType::kKeyWithdrawn) == Days{"2026-05-27 default_ssl_key"});
  CHECK(day(*of_type(replayed, EventType::kKeyWithdrawn)[0].first_absent_at) == "2026-05-25");
}

TEST_CASE("salesforce: a key that alternates for a week gives one rotation, at its end",
          "[corpus]") {
  const Replay replayed = replay(load("salesforce"));
  const std::vector<checks::Rotation> rotations = rotations_of(replayed);
  // 252 and 258 swap on 06-07, back on 06-08, for good on 06-14.
  REQUIRE(rotations.size() >= 2);
  CHECK(rotations[0].old_key.kid == "252");
  CHECK(rotations[0].new_key.kid == "258");
  CHECK(day(rotations[0].published_at) == "2025-06-07");
  CHECK(day(rotations[0].withdrawn_at) == "2025-06-14");
  // 254 and 260 alternate from 10-04 on; 254 is gone with 10-11.
  CHECK(rotations[1].old_key.kid == "254");
  CHECK(day(rotations[1].withdrawn_at) == "2025-10-11");
  CHECK(std::ranges::count_if(rotations, [](const checks::Rotation& rotation) {
          return rotation.withdrawn_at < *base::parse_rfc3339("2025-12-01T00:00:00Z");
        }) == 2);
  CHECK(days(replayed, EventType::kKeysetInconsistent).front().starts_with("2025-10-0"));
}

TEST_CASE("live: a key that shows up for a day, four times, is never rotated away", "[corpus]") {
  const Replay replayed = replay(load("live"));
  std::map<std::string, int> returns;
  for (const model::Event& event : of_type(replayed, EventType::kKeyReturned)) {
    if (event.at < *base::parse_rfc3339("2025-09-20T00:00:00Z")) ++returns[*event.kid];
  }
  // First seen on 06-10; back on 07-03, 07-28, 09-04 and 09-14, each time after a confirmed absence
  // of three looks.
  REQUIRE(returns.size() == 1);
  CHECK(returns.begin()->second == 4);
  for (const checks::Rotation& rotation : rotations_of(replayed)) {
    const bool it_was_the_flapping_one =
        rotation.old_key.kid == returns.begin()->first &&
        rotation.withdrawn_at < *base::parse_rfc3339("2025-09-14T06:00:00Z");
    CHECK_FALSE(it_was_the_flapping_one);
  }
}

TEST_CASE("google-iap: one day back and forth around a rotation is no second rotation",
          "[corpus]") {
  const Replay replayed = replay(load("google-iap"));
  const std::vector<checks::Rotation> rotations = rotations_of(replayed);
  const auto of_kid = [&rotations](const char* kid) {
    return std::ranges::count_if(
        rotations, [kid](const checks::Rotation& rotation) { return rotation.old_key.kid == kid; });
  };
  CHECK(of_kid("LInRpg") == 1);  // out on 09-15, back on 09-16, gone on 09-17
  CHECK(of_kid("ZRcU4A") == 1);  // out on 03-23, back on 03-24, gone on 03-25
  CHECK(days(replayed, EventType::kKeysetReplaced).empty());
}

TEST_CASE("zoho-accounts-eu: keys exchanged at once are replaced sets", "[corpus]") {
  const Replay replayed = replay(load("zoho-accounts-eu"));
  const Days replaced = days(replayed, EventType::kKeysetReplaced);
  for (const char* date : {"2025-07-26", "2025-08-25", "2025-09-24", "2025-10-24", "2025-11-23"}) {
    INFO(date);
    CHECK(std::ranges::count(replaced, std::string(date) + " -") == 1);
  }
  // Encryption keys come and go beside them and replace nothing.
  CHECK(std::ranges::count(replaced, "2025-12-07 -") == 0);
  const std::vector<checks::Rotation> rotations = rotations_of(replayed);
  REQUIRE_FALSE(rotations.empty());
  CHECK(rotations[0].overlap == base::Duration(0));
  // Known by hand: 11 hard swaps in the whole span.
  CHECK(replaced.size() == 11);
}

TEST_CASE("zoho-accounts-in: a set of more than 800 keys, exchanged twice", "[corpus]") {
  const Replay replayed = replay(load("zoho-accounts-in"));
  std::map<std::string, int> published;
  for (const model::Event& event : of_type(replayed, EventType::kKeyPublished)) {
    ++published[day(event.at)];
  }
  CHECK(published["2025-07-26"] >= 800);
  CHECK(published["2025-08-25"] >= 800);
  CHECK(published["2025-09-24"] <= 2);
}

TEST_CASE("datto and evernote: padding and line breaks inside members change nothing", "[corpus]") {
  for (const char* name : {"datto", "evernote"}) {
    INFO(name);
    const Replay replayed = replay(load(name));
    const std::size_t keys = std::string(name) == "datto" ? 1 : 3;
    CHECK(replayed.keys.size() == keys);
    CHECK(of_type(replayed, EventType::kKeyPublished).size() == keys);
    for (const model::Event& event : replayed.events) {
      if (event.about_key) CHECK(event.initial);
    }
  }
}

TEST_CASE("amplitude: one key under a public and a private label is one key", "[corpus]") {
  const Replay replayed = replay(load("amplitude"));
  const auto published = of_type(replayed, EventType::kKeyPublished);
  CHECK(std::ranges::count_if(published, &model::Event::initial) == 2);
  for (const model::Event& event : published) {
    if (event.initial) CHECK(event.kid->starts_with("private:"));  // the smallest label
  }
  CHECK(days(replayed, EventType::kKeysetReplaced) == Days{"2026-04-07 -"});
}

TEST_CASE("zillow: each month's key is rotated away with months of overlap", "[corpus]") {
  const Replay replayed = replay(load("zillow"));
  for (const checks::Rotation& rotation : rotations_of(replayed)) {
    CHECK(rotation.overlap > base::hours(24 * 20));
  }
  const auto learned = checks::learned(replayed.events, records(replayed));
  REQUIRE(learned.size() == 1);
  const auto days_between = learned[0].cadence / base::hours(24);
  CHECK(days_between >= 28);
  CHECK(days_between <= 31);
  CHECK(learned[0].regular);
}

TEST_CASE("apple: an issuer that changes for a day and back is told both times", "[corpus]") {
  const Replay replayed = replay(load("apple"));
  const auto changed = of_type(replayed, EventType::kIssuerChanged);
  REQUIRE(changed.size() == 2);
  CHECK(changed[0].old_value == changed[1].new_value);
  CHECK(changed[0].new_value == changed[1].old_value);
}

}  // namespace idpwatch::corpus
