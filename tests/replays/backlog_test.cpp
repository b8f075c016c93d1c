// A store that cannot write for longer than memory is willing to hold.
#include "base/json.hpp"
#include "tests/replays/replay.hpp"
#include "watch/store_backlog.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

using namespace idpwatch;
using base::minutes;
using base::seconds;
using replays::Replay;
using watch::StoreBacklog;

namespace {

constexpr const char* kShop = "https://shop.test";

const base::Instant kNow = base::Instant(std::chrono::hours(24 * 365 * 50));

model::Batch batch_of(const std::string& key) {
  model::Batch batch;
  model::KeyRecord record;
  record.authority = "shop";
  record.thumbprint = key;
  batch.keys.push_back(record);
  model::Event event;
  event.authority = "shop";
  event.thumbprint = key;
  batch.events.push_back(event);
  return batch;
}

model::OutboxMessage message(const std::string& id) {
  model::OutboxMessage out;
  out.id = id;
  out.receiver = "oncall";
  out.body = "{}";
  return out;
}

// Refuses all, or takes all and remembers it.
struct Taker {
  bool takes = true;
  std::vector<std::uint64_t> tickets;
  bool operator()(std::uint64_t ticket, model::Batch&& batch) {
    if (takes) {
      tickets.push_back(ticket);
      const model::Batch taken = std::move(batch);
    }
    return takes;
  }
};

std::set<std::int64_t> seqs_told(const Replay& replay) {
  std::set<std::int64_t> out;
  for (const replays::Message& message : replay.messages()) {
    if (message.type != "event") continue;
    const auto body = base::Json::parse(message.body);
    const base::Json& event = body["data"]["event"];
    if (event.contains("seq")) out.insert(event["seq"].get<std::int64_t>());
  }
  return out;
}

std::set<std::int64_t> seqs_stored(Replay& replay) {
  std::set<std::int64_t> out;
  for (const model::Event& event : replay.events()) out.insert(event.seq);
  return out;
}

}  // namespace

TEST_CASE("a backlog gives in order what it holds, and holds no more than its bound", "[replays]") {
  StoreBacklog backlog({.batches = 3, .bytes = 1 << 20, .rows = 100});
  for (std::uint64_t ticket = 1; ticket <= 10; ++ticket) {
    backlog.hold(ticket, batch_of("k" + std::to_string(ticket)), kNow);
    CHECK(backlog.full() == (ticket >= 3));
  }
  CHECK(backlog.unrecorded().events == 7);
  Taker taker;
  taker.takes = false;
  CHECK_FALSE(backlog.give(std::ref(taker)));
  CHECK_FALSE(backlog.take_state(kNow));
  taker.takes = true;
  CHECK(backlog.give(std::ref(taker)));
  CHECK(taker.tickets == std::vector<std::uint64_t>{1, 2, 3});
  const auto state = backlog.take_state(kNow);
  REQUIRE(state);
  CHECK(state->keys.size() == 7);
  CHECK(state->events.empty());
  REQUIRE(state->notes.size() == 1);
  CHECK(state->notes[0].kind == "store.unrecorded");
  CHECK(base::Json::parse(state->notes[0].data)["events"] == 7);
  CHECK(backlog.empty());
}

TEST_CASE("a backlog is bounded in bytes and, when full, in rows", "[replays]") {
  StoreBacklog backlog({.batches = 1000, .bytes = 2000, .rows = 5});
  for (int i = 0; i < 50; ++i) backlog.hold(1, batch_of("k" + std::to_string(i)), kNow);
  CHECK(backlog.full());
  CHECK(backlog.unrecorded().rows > 0);
  Taker taker;
  CHECK(backlog.give(std::ref(taker)));
  CHECK(taker.tickets.size() <= 2);
  CHECK(backlog.take_state(kNow)->keys.size() == 5);
}

TEST_CASE("a full backlog keeps messages in their order, and not those that were delivered",
          "[replays]") {
  StoreBacklog backlog({.batches = 1, .bytes = 1 << 20, .rows = 100});
  backlog.hold(1, batch_of("k"), kNow);
  model::Batch sent;
  sent.outbox = {message("zz"), message("mm"), message("aa")};
  backlog.hold(2, std::move(sent), kNow);
  model::Batch done;
  done.outbox_done = {{"mm", "oncall"}, {"old", "oncall"}};
  backlog.hold(3, std::move(done), kNow);
  Taker taker;
  CHECK(backlog.give(std::ref(taker)));
  const auto state = backlog.take_state(kNow);
  REQUIRE(state->outbox.size() == 2);
  CHECK(state->outbox[0].id == "zz");
  CHECK(state->outbox[1].id == "aa");
  CHECK(state->outbox_done.size() == 2);
}

TEST_CASE("a store that fails for long costs history, and neither alerts nor what was stored",
          "[replays]") {
  Replay replay;
  replay.backlog = {.batches = 4, .bytes = 1 << 20, .rows = 10'000};
  replay.authority("shop", kShop, {"k0"});
  replay.config.authorities.at(0).spec.interval = seconds(2);
  replay.config.timeline = {.confirm_observations = 3, .confirm_span = base::Duration(0)};
  replay.start();
  replay.advance(minutes(1));
  const std::size_t stored = replay.events().size();
  replay.store_queues(4);
  replay.store_fails(true);
  for (int i = 1; i <= 30; ++i) {
    replay.keys(kShop, {"k" + std::to_string(i), "k" + std::to_string(i + 1)});
    replay.advance(seconds(20));
  }
  const auto shot = replay.watch().snapshot();
  CHECK(shot->counters.unrecorded > 0);
  const auto findings = shot->findings();
  const auto storage = std::ranges::find_if(
      findings, [](const model::Finding* finding) { return finding->rule == "self-storage"; });
  REQUIRE(storage != findings.end());
  CHECK((*storage)->summary.find("not recorded") != std::string::npos);
  replay.store_fails(false);
  replay.advance(minutes(2));
  CHECK(replay.watch().snapshot()->storage_ok);

  // Every change was told, each event that has a number stands under it in the chain, and later
  // ones follow without a gap.
  const auto told = replay.told();
  CHECK(std::count(told.begin(), told.end(), "event key.published") == 32);
  CHECK(replay.events().size() > stored);
  CHECK(replay.events().size() < 32);
  replay.keys(kShop, {"last"});
  replay.advance(minutes(1));
  const auto kept = seqs_stored(replay);
  for (const std::int64_t seq : seqs_told(replay)) CHECK(kept.contains(seq));
  CHECK(replay.reader().verify_audit().value().holds);

  // A restart finds the present state: nothing is told again.
  const std::size_t from = replay.messages().size();
  replay.crash_and_start();
  replay.advance(minutes(1));
  CHECK(replay.told(from) == std::vector<std::string>{});
  const auto keys = replay.reader().keys("shop");
  CHECK(std::any_of(keys->begin(), keys->end(), [](const model::KeyRecord& key) {
    return key.kids_ever.contains(model::Kid("last")) && !key.first_absent_at;
  }));
}

TEST_CASE("events keep the numbers that they were told under when a reload ends alarms",
          "[replays]") {
  Replay replay;
  replay.authority("shop", kShop);
  replay.authority("gone", "https://gone.test");
  replay.keys(kShop, {"k1"});
  replay.fail("https://gone.test", model::FailureKind::kConnect);
  replay.start();
  replay.advance(minutes(10));
  replay.config.authorities.pop_back();
  replay.reload();
  replay.advance(minutes(1));
  replay.keys(kShop, {"k1", "k2"});
  replay.advance(minutes(5));
  const auto kept = seqs_stored(replay);
  CHECK(seqs_told(replay) == kept);
}
