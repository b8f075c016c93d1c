// A provider that shows something new at every look must not fill the disk.
#include "base/json.hpp"
#include "base/url.hpp"
#include "tests/replays/replay.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>

using namespace idpwatch;
using namespace idpwatch::replays;
using base::hours;
using base::Json;
using base::minutes;
using Texts = std::vector<std::string>;

namespace {

const std::string kShop = "https://shop.test";
constexpr std::size_t kLimit = std::size_t{256} * 1024;
constexpr int kDays = 7;

// Another set each time: with long key ids, or with many keys.
std::string set_of(int number, std::size_t keys, std::size_t kid_bytes) {
  Json set = {{"keys", Json::array()}};
  for (std::size_t i = 0; i < keys; ++i) {
    const std::string name = std::to_string(number) + "-" + std::to_string(i);
    Json key = Json::parse(key_text(name));
    key["kid"] = name + std::string(kid_bytes, 'k');
    set["keys"].push_back(std::move(key));
  }
  return set.dump();
}

std::size_t count(const Texts& all, const std::string& text) {
  return static_cast<std::size_t>(std::count(all.begin(), all.end(), text));
}

}  // namespace

TEST_CASE("what is stored of a provider that never repeats itself is bounded by the day",
          "[replays]") {
  const std::string what = GENERATE(as<std::string>(), "long kids", "many keys", "a long member");
  CAPTURE(what);
  Replay replay;
  replay.storage_limits = {kLimit, kLimit};
  replay.authority("shop", kShop, {"k1"});
  replay.config.authorities.at(0).spec.interval = minutes(20);
  replay.config.alerts.group_interval = hours(1);
  replay.start();
  replay.advance(hours(1));
  const std::uintmax_t before = replay.bytes_on_disk();
  int number = 0;
  for (; number < kDays * 72; ++number) {
    if (what == "long kids") replay.document(kShop + "/jwks", 200, set_of(number, 2, 40'000));
    if (what == "many keys") replay.document(kShop + "/jwks", 200, set_of(number, 40, 0));
    if (what == "a long member") {
      const Json document = {{"issuer", kShop},
                             {"jwks_uri", kShop + "/jwks"},
                             {"service", std::to_string(number) + std::string(40'000, 'm')}};
      replay.document(base::discovery_url(kShop), 200, document.dump());
    }
    replay.advance(minutes(20));
  }
  const std::uintmax_t grown = replay.bytes_on_disk() - before;
  CAPTURE(grown);
  CHECK(grown < kDays * 5 * kLimit);
  const Texts told = replay.told();
  CHECK(count(told, "alert.firing self-storage") >= 1);
  CHECK(replay.reader().verify_audit().value().holds);

  // Calm again: from the next day on all is recorded.
  replay.document(kShop + "/jwks", 200, set_of(number, 2, 0));
  replay.advance(hours(25));
  CHECK(count(replay.told(), "alert.resolved self-storage") ==
        count(replay.told(), "alert.firing self-storage"));
  const std::size_t events = replay.events().size();
  replay.document(kShop + "/jwks", 200, set_of(number + 1, 2, 0));
  replay.advance(hours(2));
  CHECK(replay.events().size() >= events + 4);
}

TEST_CASE("a restart renews no budget of the day", "[replays]") {
  Replay replay;
  replay.storage_limits = {kLimit, kLimit};
  replay.authority("shop", kShop, {"k1"});
  replay.config.authorities.at(0).spec.interval = minutes(20);
  replay.start();
  replay.advance(hours(1));
  const std::uintmax_t before = replay.bytes_on_disk();
  for (int number = 0; number < 60; ++number) {
    replay.document(kShop + "/jwks", 200, set_of(number, 20, 1000));
    replay.advance(minutes(20));
    replay.crash_and_start();
  }
  CHECK(replay.bytes_on_disk() - before < 5 * kLimit);
  CHECK(count(replay.told(), "alert.firing self-storage") == 1);
  CHECK(replay.reader().verify_audit().value().holds);
}

TEST_CASE("keys that left while the day's rows were used up are told when there is room again",
          "[replays]") {
  Replay replay;
  replay.storage_limits = {kLimit, kLimit};
  replay.authority("shop", kShop, {"k1", "k2"});
  replay.start();
  replay.advance(hours(1));
  int number = 0;
  while (count(replay.told(), "alert.firing self-storage") == 0 && number < 1000) {
    replay.document(kShop + "/jwks", 200, set_of(++number, 20, 1000));
    replay.advance(minutes(1));
  }
  replay.keys(kShop, {"k2", "k3"});
  replay.advance(hours(2));
  const base::Instant left = replay.clock().wall();
  const auto of = [&replay](const std::string& kid, model::EventType type) {
    std::vector<model::Event> found;
    for (model::Event& event : replay.events()) {
      if (event.kid == kid && event.type == type) found.push_back(std::move(event));
    }
    return found;
  };
  CHECK(of("k3", model::EventType::kKeyPublished).empty());
  replay.advance(hours(24));
  const auto published = of("k3", model::EventType::kKeyPublished);
  REQUIRE(published.size() == 1);
  CHECK(published.at(0).at < left);
  CHECK_FALSE(published.at(0).initial);
  const auto keys = replay.reader().key_set("shop", replay.clock().wall());
  REQUIRE(keys);
  std::vector<std::string> live;
  for (const storage::KeyView& key : keys->keys) {
    if (key.state == storage::KeyState::kLive) live.push_back(key.kid.value_or(""));
    CHECK(key.state != storage::KeyState::kAbsent);
  }
  std::ranges::sort(live);
  CHECK(live == std::vector<std::string>{"k2", "k3"});
  // And nothing of it once more after a restart.
  const std::size_t events = replay.events().size();
  replay.crash_and_start();
  replay.advance(hours(1));
  CHECK(replay.events().size() == events);
}

TEST_CASE("a finding that comes and goes takes a bounded part of the chain, over restarts too",
          "[replays]") {
  Replay replay;
  replay.authority("shop", kShop, {"k1"});
  replay.start();
  replay.advance(hours(1));
  for (int flap = 0; flap < 90; ++flap) {
    replay.document(base::discovery_url(kShop), 200,
                    Json{{"issuer", flap % 2 == 0 ? "https://other.test" : kShop},
                         {"jwks_uri", kShop + "/jwks"}}
                        .dump());
    replay.advance(minutes(2));
    if (flap % 10 == 0) replay.crash_and_start();
  }
  std::size_t notes = 0;
  REQUIRE(replay.reader().export_audit([&notes](std::string_view line) {
    const bool ours = line.find("issuer-mismatch") != std::string_view::npos;
    if (ours && line.find(R"("kind":"alert.)") != std::string_view::npos) ++notes;
    return base::Status(base::Ok{});
  }));
  CHECK(notes > 5);
  CHECK(notes <= 20);  // from its fourth opening in an hour on it is flapping, and stays open
}

TEST_CASE("a rotation a day is recorded whole", "[replays]") {
  Replay replay;
  replay.authority("shop", kShop, {"k0"});
  replay.start();
  replay.advance(hours(1));
  const std::uintmax_t before = replay.bytes_on_disk();
  for (int day = 1; day <= 7; ++day) {
    replay.keys(kShop, {"k" + std::to_string(day - 1), "k" + std::to_string(day)});
    replay.advance(hours(24));
  }
  CHECK(count(replay.event_types(), "key.published") == 8);
  CHECK(count(replay.told(), "alert.firing self-storage") == 0);
  CHECK(replay.bytes_on_disk() - before < std::uintmax_t{7} * 100 * 1024);
}
