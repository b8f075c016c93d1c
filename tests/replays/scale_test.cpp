// Thousands of authorities: what one of them takes, and what the end of a run writes.
#include "tests/replays/replay.hpp"

#include <catch2/catch.hpp>

#include <malloc.h>
#include <string>
#include <vector>

using namespace idpwatch;
using namespace idpwatch::replays;
using base::minutes;
using base::seconds;

namespace {

// What the process holds now, freed memory not counted. 0 where the allocator is another one.
std::size_t held() {
  const struct mallinfo2 info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
}

std::string issuer(int i) { return "https://h" + std::to_string(i) + ".idp.test"; }

void give_authorities(Replay& replay, int authorities) {
  for (int i = 0; i < authorities; ++i) {
    const std::string own = std::to_string(i);
    replay.authority("a" + own, issuer(i), {"k" + own, "l" + own, "m" + own, "n" + own});
  }
}

// Held by the watch of so many authorities after their first looks, with what the store and the
// fakes remember of each.
std::size_t held_by_watching(int authorities) {
  Replay replay;
  give_authorities(replay, authorities);
  const std::size_t before = held();
  replay.start();
  replay.remember_nothing();
  replay.advance(minutes(3));
  const std::size_t after = held();
  return after > before ? after - before : 0;
}

std::size_t rows_of_keys(const model::Batch& batch) {
  return batch.keys.size() + batch.kids.size() + batch.sightings.size() + batch.timelines.size() +
         batch.documents.size();
}

}  // namespace

TEST_CASE("one more authority takes at most so many bytes", "[replays]") {
  constexpr std::size_t kMostBytes = 11'000;
  held_by_watching(50);  // what is made once
  const std::size_t few = held_by_watching(100);
  const std::size_t many = held_by_watching(400);
  if (many == 0) return;  // another allocator
  INFO((many - few) / 300 << " bytes an authority");
  CHECK(many - few <= 300 * kMostBytes);
}

TEST_CASE("the end of a run writes what looks added since the last time, and no keys",
          "[replays]") {
  constexpr int kAuthorities = 40;
  Replay replay;
  give_authorities(replay, kAuthorities);
  replay.start();
  replay.advance(minutes(12));
  std::size_t spans = 0, keys = 0;
  replay.spoil = [&](model::Batch& batch) {
    spans += batch.spans.size();
    keys += rows_of_keys(batch);
  };
  replay.watch().drain();
  CHECK(spans == kAuthorities);
  CHECK(keys == 0);
  replay.watch().drain();  // nothing was seen since
  CHECK(spans == kAuthorities);
}

TEST_CASE("what is written at the end says up to when present keys were seen", "[replays]") {
  Replay replay;
  give_authorities(replay, 1);
  replay.start();
  replay.advance(minutes(12));
  replay.watch().drain();
  const auto last = replay.asked_at(issuer(0) + "/jwks").back();
  replay.crash_and_start();
  const auto set = replay.reader().key_set("a0", replay.clock().wall());
  REQUIRE(set);
  REQUIRE(set->keys.size() == 4);
  for (const storage::KeyView& key : set->keys) {
    CHECK(key.state == storage::KeyState::kLive);
    CHECK(key.last_seen - last < seconds(1));
    CHECK(key.last_seen >= last);
  }
  // A key that is gone at the first look after the restart was absent since then, and not before.
  replay.keys(issuer(0), {"k0", "l0", "m0"});
  replay.advance(minutes(15));
  const auto events = replay.events();
  REQUIRE(!events.empty());
  CHECK(events.back().type == model::EventType::kKeyWithdrawn);
  REQUIRE(events.back().first_absent_at);
  CHECK(*events.back().first_absent_at > last);
}
