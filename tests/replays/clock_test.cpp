// The local clock is set, forward and back, while providers rotate: nothing is lost, doubled or
// misdated, and what is stored never goes backwards.
#include "base/json.hpp"
#include "tests/replays/replay.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <random>
#include <set>
#include <tuple>

using namespace idpwatch;
using namespace idpwatch::replays;
using base::hours;
using base::minutes;
using base::seconds;
using Texts = std::vector<std::string>;

namespace {

const std::string kShop = "https://shop.test";

// What a look at the events tells, without the steps themselves.
std::vector<model::Event> provider_events(Replay& replay) {
  std::vector<model::Event> out;
  for (model::Event& event : replay.events_in_order()) {
    if (event.type != model::EventType::kClockStep) out.push_back(std::move(event));
  }
  return out;
}

std::size_t count(const Texts& all, const std::string& text) {
  return static_cast<std::size_t>(std::count(all.begin(), all.end(), text));
}

Texts live_kids(Replay& replay, base::Instant at) {
  Texts out;
  const storage::KeySetView set = replay.reader().key_set("shop", at).value();
  for (const storage::KeyView& key : set.keys) {
    if (key.state == storage::KeyState::kLive) out.push_back(key.kid.value_or("none"));
  }
  std::ranges::sort(out);
  return out;
}

// Stretches of one authority follow each other, and none lies in the future.
void check_order(Replay& replay, const std::string& authority) {
  const auto spans =
      replay.reader().spans(authority, base::Instant::min(), base::Instant::max()).value();
  REQUIRE(!spans.empty());
  for (std::size_t i = 0; i < spans.size(); ++i) {
    CHECK(spans[i].first <= spans[i].last);
    CHECK(spans[i].last <= replay.clock().wall());
    if (i > 0) CHECK(spans[i - 1].last < spans[i].first);
  }
  const std::vector<model::Sighting> sightings = replay.reader().sightings(authority).value();
  for (const model::Sighting& sighting : sightings) {
    CHECK(sighting.first <= sighting.last);
  }
}

// Every message about an event names the number under which that very event stands in the chain.
void check_numbers(Replay& replay) {
  std::map<std::int64_t, model::Event> stored;
  for (model::Event& event : replay.events_in_order()) stored.emplace(event.seq, event);
  std::set<std::int64_t> told;
  for (const Message& message : replay.messages()) {
    if (message.type != "event") continue;
    const base::Json event = base::Json::parse(message.body)["data"]["event"];
    REQUIRE(event.contains("seq"));
    const auto found = stored.find(event["seq"].get<std::int64_t>());
    REQUIRE(found != stored.end());
    CHECK(event["type"] == model::to_text(found->second.type));
    CHECK(event.value("thumbprint", "") == found->second.thumbprint);
    told.insert(found->first);
  }
  CHECK(told.size() == stored.size());
}

}  // namespace

TEST_CASE("a clock that is set back loses no event and delays no message", "[replays][clock]") {
  const auto back = GENERATE(seconds(1), seconds(30), minutes(7), hours(1), hours(24 * 400));
  Replay replay;
  replay.authority("shop", kShop, {"k1"});
  replay.start();
  replay.advance(hours(2));
  replay.keys(kShop, {"k1", "k2"});
  replay.advance(minutes(2));
  replay.clock().step_wall(-back);
  replay.advance(minutes(2));
  const std::size_t told = replay.messages().size();
  const std::size_t stored = provider_events(replay).size();
  replay.keys(kShop, {"k3"});
  replay.advance(seconds(70));
  const Texts news = replay.told(told);
  CHECK(count(news, "event key.published") == 1);
  CHECK(count(news, "alert.firing keyset-replaced") == 1);
  CHECK(provider_events(replay).size() == stored + 2);
  CHECK(live_kids(replay, replay.clock().wall()) == Texts{"k3"});
  replay.advance(minutes(20));
  CHECK(provider_events(replay).size() == stored + 4);  // both are withdrawn
  check_order(replay, "shop");
  check_numbers(replay);
  CHECK(replay.reader().verify_audit().value().holds);

  // What is stored is enough for a restart: nothing is told again.
  const std::size_t before = replay.messages().size();
  replay.crash_and_start();
  replay.advance(minutes(20));
  CHECK(replay.told(before) == Texts{});
}

TEST_CASE("a clock set back while nothing ran loses no event", "[replays][clock]") {
  Replay replay;
  replay.authority("shop", kShop, {"k1"});
  replay.start();
  replay.advance(hours(2));
  replay.clock().step_wall(-hours(5));
  replay.crash_and_start();
  const std::size_t told = replay.messages().size();
  replay.advance(minutes(2));
  CHECK(replay.told(told) == Texts{});
  replay.keys(kShop, {"k1", "k2"});
  replay.advance(minutes(2));
  CHECK(replay.told(told) == Texts{"event key.published"});
  check_order(replay, "shop");
  check_numbers(replay);
}

TEST_CASE("a clock set forward confirms no withdrawal before its time", "[replays][clock]") {
  Replay replay;
  replay.authority("shop", kShop, {"k1", "k2"});
  replay.start();
  replay.advance(hours(2));
  replay.keys(kShop, {"k2"});
  replay.advance(minutes(4));
  replay.clock().step_wall(hours(1));
  replay.advance(minutes(4));
  CHECK(count(replay.event_types(), "key.withdrawn") == 0);
  replay.keys(kShop, {"k1", "k2"});
  replay.advance(minutes(30));
  CHECK(count(replay.event_types(), "key.withdrawn") == 0);
}

TEST_CASE("an alert that was sent before the clock was set back is updated and resolved in time",
          "[replays][clock]") {
  Replay replay;
  replay.config.alerts.group_interval = minutes(5);
  replay.authority("shop", kShop, {"k1"});
  replay.start();
  replay.advance(hours(1));
  replay.fail(kShop, model::FailureKind::kConnect);
  replay.advance(minutes(4));
  CHECK(count(replay.told(), "alert.firing authority-unreachable") == 1);
  replay.clock().step_wall(-hours(12));
  replay.mend(kShop);
  replay.advance(minutes(6));
  CHECK(count(replay.told(), "alert.resolved authority-unreachable") == 1);
}

TEST_CASE("a message that waits for its next attempt does not wait for a clock that was set back",
          "[replays][clock]") {
  Replay replay;
  replay.authority("shop", kShop, {"k1"});
  replay.start();
  replay.advance(hours(1));
  replay.receiver_answers(503);
  replay.keys(kShop, {"k1", "k2"});
  replay.advance(minutes(2));
  replay.clock().step_wall(-hours(24 * 30));
  replay.receiver_answers(204);
  replay.advance(minutes(10));
  CHECK(count(replay.told(), "event key.published") == 2);
}

namespace {

// A life of two days, drawn: when keys change, when the clock is set, when the daemon is killed.
struct Act {
  enum class Kind { kKeys, kStep, kSuspend, kKill };
  base::Duration after{0};
  Kind kind = Kind::kKeys;
  Texts keys;
  base::Duration by{0};
};

std::vector<Act> draw(std::mt19937& random) {
  constexpr std::array<std::int64_t, 8> kSizes{1, 3, 29, 61, 600, 3600, 86'400, 31'536'000};
  std::vector<Act> acts;
  int newest = 1;
  for (base::Duration life{0}; life < hours(16);) {
    Act act;
    act.after = seconds(20 + static_cast<int>(random() % 4000));
    life += act.after;
    switch (random() % 5) {
      case 0:
      case 1:
        act.kind = Act::Kind::kStep;
        act.by = seconds(kSizes.at(random() % kSizes.size()));
        if (random() % 2 == 0) act.by = -act.by;
        break;
      case 2:
        act.kind = random() % 2 == 0 ? Act::Kind::kSuspend : Act::Kind::kKill;
        act.by = seconds(static_cast<int>(random() % 7200));
        break;
      default:
        ++newest;
        for (int key = std::max(1, newest - 1 - static_cast<int>(random() % 2)); key <= newest;
             ++key) {
          if (random() % 4 != 0 || key == newest) act.keys.push_back("k" + std::to_string(key));
        }
        break;
    }
    acts.push_back(std::move(act));
  }
  return acts;
}

struct Lived {
  std::vector<model::Event> events;
  std::vector<std::pair<base::Duration, base::Duration>>
      offsets;  // since when (boot time), how far
};

// The same life by a clock that is never set, or by one that is.
Lived live(const std::vector<Act>& acts, bool with_steps) {
  Replay replay;
  replay.authority("shop", kShop, {"k1"});
  replay.start();
  Lived out;
  base::Duration offset{0};
  Texts served = {"k1"};
  for (const Act& act : acts) {
    replay.advance(act.after);
    switch (act.kind) {
      case Act::Kind::kKeys:
        served = act.keys;
        replay.keys(kShop, served);
        break;
      case Act::Kind::kStep:
        if (!with_steps) break;
        replay.clock().step_wall(act.by);
        offset += act.by;
        out.offsets.emplace_back(replay.clock().boottime(), offset);
        break;
      case Act::Kind::kSuspend:
        replay.clock().advance(act.by);
        break;
      case Act::Kind::kKill:
        replay.crash_and_start();
        break;
    }
  }
  replay.advance(hours(1));
  out.events = provider_events(replay);
  check_order(replay, "shop");
  check_numbers(replay);
  CHECK(replay.reader().verify_audit().value().holds);
  std::ranges::sort(served);
  CHECK(live_kids(replay, replay.clock().wall()) == served);
  return out;
}

}  // namespace

TEST_CASE("however the clock is set, the same is recorded, dated by the clock of its time",
          "[replays][clock]") {
  std::mt19937 random(20'260'301);
  const base::Instant start = fakes::FakeClock().wall();
  const base::Duration booted = fakes::FakeClock().boottime();
  for (int round = 0; round < 5; ++round) {
    CAPTURE(round);
    const std::vector<Act> acts = draw(random);
    const Lived steady = live(acts, false);
    const Lived stepped = live(acts, true);
    REQUIRE(steady.events.size() > 3);
    REQUIRE(stepped.events.size() == steady.events.size());
    for (std::size_t i = 0; i < steady.events.size(); ++i) {
      const model::Event& wanted = steady.events[i];
      const model::Event& found = stepped.events[i];
      CHECK(found.type == wanted.type);
      CHECK(found.thumbprint == wanted.thumbprint);
      base::Duration offset{0};
      for (const auto& [since, by] : stepped.offsets) {
        if (start + (since - booted) < wanted.at) offset = by;
      }
      CHECK(found.at == wanted.at + offset);
      if (wanted.first_absent_at) {
        CHECK(found.at - *found.first_absent_at == wanted.at - *wanted.first_absent_at);
      }
    }
  }
}
