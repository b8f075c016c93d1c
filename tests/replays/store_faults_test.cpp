// The store in every kind of trouble, drawn: it rejects, is full, is slow, is damaged, the daemon
// is killed. Alerts go out, what was confirmed stays, the chain holds, numbers are those of the
// chain.
#include "base/json.hpp"
#include "tests/replays/replay.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <map>
#include <random>
#include <set>

using namespace idpwatch;
using namespace idpwatch::replays;
using base::minutes;
using base::seconds;

namespace {

const std::string kShop = "https://shop.test";

// Rows that no rule of the schema lets pass, of the kinds that a mistake of ours could make.
void spoil(model::Batch& batch, std::mt19937& random) {
  if (batch.empty() || random() % 3 != 0) return;
  for (model::ObservationSpan& span : batch.spans) {
    if (random() % 2 == 0) span.last = span.first - seconds(1);
  }
  for (model::Event& event : batch.events) {
    if (random() % 4 == 0) event.old_value = "1.5";
  }
  batch.notes.push_back({{}, "key.published", "{}"});  // a note must not pass for an event
  batch.documents.push_back({"no digest", std::make_shared<const std::string>("x")});
}

struct Told {
  std::set<std::string> published;  // kids
  std::map<std::int64_t, std::string> numbered;
};

Told what_was_told(const Replay& replay) {
  Told out;
  for (const Message& message : replay.messages()) {
    if (message.type != "event") continue;
    const base::Json event = base::Json::parse(message.body)["data"]["event"];
    if (event["type"] == "key.published") out.published.insert(event["kid"].get<std::string>());
    if (event.contains("seq")) {
      out.numbered[event["seq"].get<std::int64_t>()] =
          event["type"].get<std::string>() + event.value("thumbprint", "");
    }
  }
  return out;
}

std::map<std::int64_t, std::string> what_is_stored(Replay& replay) {
  std::map<std::int64_t, std::string> out;
  for (const model::Event& event : replay.events_in_order()) {
    out[event.seq] = std::string(model::to_text(event.type)) + event.thumbprint;
  }
  return out;
}

}  // namespace

TEST_CASE("a row that the store rejects is kept in a file, told of, and counted", "[replays]") {
  Replay replay;
  replay.authority("shop", kShop, {"k1"});
  replay.start();
  replay.advance(minutes(5));
  replay.spoil = [](model::Batch& batch) {
    for (model::ObservationSpan& span : batch.spans) span.last = span.first - seconds(1);
  };
  replay.keys(kShop, {"k2"});
  replay.advance(minutes(2));
  replay.spoil = nullptr;
  replay.advance(minutes(2));
  const auto told = replay.told();
  CHECK(std::ranges::count(told, "event key.published") == 2);
  CHECK(std::ranges::count(told, "alert.firing keyset-replaced") == 1);
  CHECK(std::ranges::count(told, "alert.firing self-storage") == 1);
  const auto shot = replay.watch().snapshot();
  CHECK(shot->counters.unrecorded == 1);
  const auto findings = shot->findings();
  const auto found = std::ranges::find(findings, "self-storage", &model::Finding::rule);
  REQUIRE(found != findings.end());
  const auto kept = std::ranges::find((*found)->evidence, "kept in", &model::Evidence::fact);
  REQUIRE(kept != (*found)->evidence.end());
  std::ifstream file(kept->value);
  std::string line;
  REQUIRE(std::getline(file, line));
  CHECK_THAT(line, Catch::Contains("\"row\":\"span\""));
  replay.keys(kShop, {"k3"});
  replay.advance(minutes(20));
  const auto stored = what_is_stored(replay);
  const Told all = what_was_told(replay);
  CHECK(all.numbered == stored);
  CHECK(replay.reader().verify_audit().value().holds);
  // It is told of for a day, and over a restart.
  replay.crash_and_start();
  replay.advance(base::hours(1));
  CHECK(std::ranges::count(replay.told(), "alert.resolved self-storage") == 0);
  replay.advance(base::hours(24));
  CHECK(std::ranges::count(replay.told(), "alert.resolved self-storage") == 1);
}

TEST_CASE("whatever befalls the store, alerts go out and what was confirmed stays", "[replays]") {
  std::mt19937 random(7);
  for (int round = 0; round < 6; ++round) {
    CAPTURE(round);
    Replay replay;
    replay.backlog = {.batches = 1 + random() % 8, .bytes = 1 << 20, .rows = 10'000};
    replay.authority("shop", kShop, {"k0"});
    replay.config.authorities.at(0).spec.interval = seconds(5);
    replay.start();
    replay.store_queues(random() % 4);
    std::mt19937 spoiling(static_cast<unsigned>(random()));
    std::map<std::int64_t, std::string> confirmed;
    std::set<std::string> published = {"k0"};
    replay.advance(minutes(1));
    for (int act = 1; act <= 40; ++act) {
      const bool damaged = random() % 25 == 0;
      switch (random() % 6) {
        case 0:
          replay.store_fails(true);
          break;
        case 1:
          replay.store_fails(false);
          break;
        case 2:
          if (random() % 2 == 0) {
            replay.spoil = [&spoiling](model::Batch& batch) { spoil(batch, spoiling); };
          } else {
            replay.spoil = [](model::Batch&) {};
          }
          break;
        case 3:
          if (random() % 2 != 0) break;
          replay.advance(minutes(1));
          if (damaged) {
            replay.damage_and_start();
            confirmed.clear();
          } else {
            replay.crash_and_start();
          }
          break;
        default:
          replay.keys(kShop, {"k" + std::to_string(act - 1), "k" + std::to_string(act)});
          published.insert({"k" + std::to_string(act - 1), "k" + std::to_string(act)});
          break;
      }
      replay.advance(seconds(static_cast<int>(5 + random() % 60)));
      const auto stored = what_is_stored(replay);
      for (const auto& [seq, what] : confirmed) {
        REQUIRE(stored.contains(seq));
        CHECK(stored.at(seq) == what);
      }
      confirmed = stored;
    }
    replay.store_fails(false);
    replay.advance(minutes(20));
    const Told told = what_was_told(replay);
    for (const std::string& kid : published) {
      CAPTURE(kid);
      CHECK(told.published.contains(kid));
    }
    const auto stored = what_is_stored(replay);
    CHECK_FALSE(stored.empty());
    CHECK(replay.reader().verify_audit().value().holds);
    CHECK(replay.watch().snapshot()->storage_ok);
  }
}

TEST_CASE("what cannot be read at the start is not told as new, and goes on when it can be read",
          "[replays]") {
  const std::string shop = "https://shop.test";
  Replay replay;
  replay.authority("shop", shop, {"k1", "k2"});
  replay.start();
  replay.advance(minutes(30));
  const std::size_t before = replay.event_types().size();
  const std::size_t from = replay.messages().size();
  replay.crash_and_start_blind();
  replay.advance(minutes(30));
  replay.keys(shop, {"k2", "k3"});
  replay.advance(minutes(30));
  CHECK(replay.event_types().size() == before);
  CHECK(replay.told(from).empty());
  // Judgements go on meanwhile.
  replay.fail(shop, model::FailureKind::kConnect);
  replay.advance(minutes(30));
  CHECK(replay.told(from).front() == "alert.firing authority-unreachable");
  replay.mend(shop);
  replay.advance(minutes(30));
  replay.read_again();
  replay.advance(minutes(30));
  const auto types = replay.event_types(before);
  CHECK(std::ranges::count(types, "key.published") == 1);
  CHECK(std::ranges::count(types, "key.withdrawn") == 1);
  for (const model::Event& event : replay.events()) {
    if (event.kid == "k3") CHECK_FALSE(event.initial);
  }
  CHECK(replay.reader().verify_audit().value().holds);
}

TEST_CASE("alerts of before a start that could not read them go on, and are told no second time",
          "[replays]") {
  const std::string shop = "https://shop.test", bank = "https://bank.test";
  Replay replay;
  replay.authority("shop", shop, {"k1"});
  replay.authority("bank", bank, {"b1"});
  replay.start();
  replay.advance(minutes(30));
  replay.fail(shop, model::FailureKind::kConnect);
  replay.fail(bank, model::FailureKind::kConnect);
  replay.advance(minutes(30));
  const auto count = [&replay](const std::string& line, std::size_t from) {
    const auto told = replay.told(from);
    return std::ranges::count(told, line);
  };
  const std::string firing = "alert.firing authority-unreachable";
  const std::string resolved = "alert.resolved authority-unreachable";
  REQUIRE(count(firing, 0) == 2);
  // While the daemon is down, the one is mended and the other is not.
  replay.mend(bank);
  replay.crash_and_start_blind();
  replay.advance(minutes(30));
  const std::size_t from = replay.messages().size();
  replay.read_again();
  replay.advance(minutes(30));
  // Nobody ever said that it is over.
  CHECK(count(firing, from) == 0);
  CHECK(count(resolved, from) == 1);
  replay.mend(shop);
  replay.advance(minutes(30));
  CHECK(count(firing, from) == 0);
  CHECK(count(resolved, from) == 2);
  const auto shot = replay.watch().snapshot();
  for (const model::Alert& alert : shot->alerts) {
    CHECK(alert.state == model::AlertState::kResolved);
  }
}
