// A week of one daemon on one database: rotations, an outage, a host that sleeps, an upgrade, a
// full disk, and retention at work from the third day on.
#include "storage/migrations.hpp"
#include "storage/upkeep.hpp"
#include "tests/replays/replay.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <set>

using namespace idpwatch;
using namespace idpwatch::replays;
using base::hours;
using base::minutes;

namespace {

const std::string kShop = "https://shop.test", kBank = "https://bank.test";

std::string live_keys(Replay& replay, const std::string& authority, base::Instant at) {
  const auto set = replay.reader().key_set(authority, at);
  REQUIRE(set.has_value());
  std::set<std::string> kids;
  for (const storage::KeyView& key : set->keys) {
    if (key.state == storage::KeyState::kLive) kids.insert(key.kid.value_or("-"));
  }
  std::string out;
  for (const std::string& kid : kids) out += kid + " ";
  return out;
}

std::map<std::string, int> counted(const std::vector<std::string>& lines) {
  std::map<std::string, int> out;
  for (const std::string& line : lines) ++out[line];
  return out;
}

}  // namespace

TEST_CASE("a week with suspend, an upgrade and a full disk loses nothing and tells nothing twice",
          "[replays][week]") {
  Replay replay;
  replay.config.retention_observations = hours(48);
  replay.use_etags();
  replay.authority("shop", kShop, {"k1"});
  replay.authority("bank", kBank, {"b1"});
  replay.start();
  const base::Instant monday = replay.clock().wall();

  replay.advance(hours(20));
  replay.keys(kShop, {"k1", "k2"});
  replay.advance(hours(4));
  replay.keys(kShop, {"k2"});
  replay.advance(hours(20));

  // The lid is closed in the evening: both clocks go on, the process does not.
  const std::size_t before_sleep = replay.messages().size();
  replay.block(minutes(1), hours(9));
  replay.advance(hours(10));
  // That idpwatch itself did not run, and nothing else.
  CHECK(replay.told(before_sleep) ==
        std::vector<std::string>{"alert.firing self-late", "alert.resolved self-late"});

  replay.fail(kBank, model::FailureKind::kConnect);
  replay.advance(hours(2));
  replay.mend(kBank);
  replay.advance(hours(8));

  const std::size_t before_upgrade = replay.messages().size();
  replay.upgrade_from(1);
  replay.advance(hours(4));
  CHECK(replay.messages().size() == before_upgrade);
  replay.keys(kBank, {"b1", "b2"});
  replay.advance(hours(20));

  // A full disk, in which a key comes and another goes, and retention is due.
  replay.store_fails(true);
  replay.keys(kShop, {"k2", "k3"});
  replay.advance(hours(12));
  replay.keys(kBank, {"b2"});
  replay.advance(hours(18));
  replay.store_fails(false);
  replay.advance(hours(2));
  replay.keys(kShop, {"k3"});
  replay.advance(monday + hours(24 * 7) - replay.clock().wall());

  const auto told = counted(replay.told());
  CHECK(told.at("event key.published") == 5);  // two of them were there from the start
  CHECK(told.at("event key.withdrawn") == 3);
  CHECK(told.at("event authority.unreachable") == 1);
  CHECK(told.at("event authority.recovered") == 1);
  CHECK(told.at("alert.firing authority-unreachable") == 1);
  CHECK(told.at("alert.resolved authority-unreachable") == 1);
  CHECK(told.at("alert.firing self-storage") == 1);
  CHECK(told.at("alert.resolved self-storage") == 1);
  const auto stored = counted(replay.event_types());
  CHECK(stored.at("key.published") == 5);
  CHECK(stored.at("key.withdrawn") == 3);

  CHECK(live_keys(replay, "shop", monday + hours(1)) == "k1 ");
  CHECK(live_keys(replay, "shop", monday + hours(22)) == "k1 k2 ");
  CHECK(live_keys(replay, "shop", monday + hours(30)) == "k2 ");
  CHECK(live_keys(replay, "shop", monday + hours(24 * 5)) == "k2 k3 ");
  CHECK(live_keys(replay, "shop", monday + hours(24 * 7)) == "k3 ");
  CHECK(live_keys(replay, "bank", monday + hours(24)) == "b1 ");
  CHECK(live_keys(replay, "bank", monday + hours(24 * 7)) == "b2 ");

  // The outage of the third day is older than what is kept: no stretch tells of it any more.
  const auto spans = replay.reader().spans("bank", monday, replay.clock().wall());
  REQUIRE(spans.has_value());
  CHECK(std::ranges::none_of(*spans, [](const auto& span) { return !span.jwks_failure.empty(); }));
  const auto notes = replay.reader().notes_of("store.compacted");
  REQUIRE(notes.has_value());
  CHECK_FALSE(notes->empty());
  CHECK(replay.reader().verify_audit()->holds);
  const auto sound = storage::check_database(replay.database());
  REQUIRE(sound.has_value());
  CHECK(sound->problem.empty());
  CHECK(sound->schema == storage::migrations().back().version);
}
