// What a reload changes, and that one that fails changes nothing.
#include "tests/replays/replay.hpp"

#include <algorithm>
#include <utility>

using namespace idpwatch;
using namespace idpwatch::replays;
using base::minutes;

namespace {

const std::string kShop = "https://shop.test";

std::vector<std::string> watched(const Replay& replay) {
  std::vector<std::string> names;
  const auto shot = replay.watch().snapshot();
  for (const auto& authority : shot->authorities) names.push_back(authority.name);
  return names;
}

}  // namespace

TEST_CASE("a reload that cannot read what is stored of a new authority changes nothing",
          "[replays]") {
  Replay replay;
  replay.authority("shop", kShop, {"k1"});
  const std::string url = replay.config.alerts.receivers.at(0).url;
  replay.start();
  replay.advance(minutes(5));
  const std::int64_t reloads = replay.watch().snapshot()->counters.reloads;

  replay.config.authorities.clear();
  replay.authority("other", "https://other.test", {"k2"});
  replay.config.alerts.receivers.at(0).url = "https://second.test/hook";
  replay.rename_table("timeline", "timeline_away");
  const auto failed = replay.try_reload();
  REQUIRE_FALSE(failed);
  CHECK(failed.error().kind == base::ErrorKind::kStorage);
  CHECK(watched(replay) == std::vector<std::string>{"shop"});
  CHECK(replay.watch().config().authorities.at(0).spec.name == "shop");
  CHECK(replay.watch().snapshot()->counters.reloads == reloads);
  replay.rename_table("timeline_away", "timeline");
  replay.advance(minutes(1));
  replay.keys(kShop, {"k1", "k3"});
  const std::size_t before = replay.messages().size();
  replay.advance(minutes(2));
  REQUIRE(replay.messages().size() > before);
  CHECK(replay.messages().back().receiver_url == url);

  replay.reload();
  replay.advance(minutes(2));
  CHECK(watched(replay) == std::vector<std::string>{"other"});
}

TEST_CASE("hundreds of authorities that a reload adds are read a few a turn, each with its past",
          "[replays]") {
  constexpr std::size_t kMany = 300;
  Replay replay;
  replay.authority("shop", kShop, {"k1"});
  const auto one = replay.config.authorities;
  for (std::size_t i = 0; i < kMany; ++i) {
    const std::string own = std::to_string(i);
    replay.authority("a" + own, "https://a" + own + ".test", {"k" + own});
  }
  replay.start();
  replay.advance(minutes(5));
  const auto all = std::exchange(replay.config.authorities, one);
  replay.reload();
  CHECK(watched(replay) == std::vector<std::string>{"shop"});
  const std::size_t events = replay.event_types().size();

  replay.config.authorities = all;
  replay.reload();
  CHECK(watched(replay).size() < kMany / 2);
  replay.advance(minutes(5));
  CHECK(watched(replay).size() == kMany + 1);
  // Nothing that is known is news.
  CHECK(replay.event_types().size() == events);

  // One that is gone again before its turn came is not watched.
  replay.config.authorities = one;
  replay.reload();
  replay.config.authorities = all;
  replay.reload();
  replay.config.authorities = one;
  replay.reload();
  replay.advance(minutes(5));
  CHECK(watched(replay) == std::vector<std::string>{"shop"});
}

TEST_CASE("whatever a probe is made of, a reload that changes it makes another one", "[replays]") {
  Replay replay;
  replay.authority("shop", kShop, {"k1"});
  replay.start();
  replay.advance(minutes(5));
  std::size_t asked = replay.requests();
  replay.reload();
  CHECK(replay.requests() == asked);  // nothing changed
  replay.config.limits.body_bytes /= 2;
  replay.reload();
  CHECK(replay.requests() > asked);  // at once
  asked = replay.requests();
  replay.config.authorities.at(0).spec.expect_keys_min = 2;
  replay.reload();
  CHECK(replay.requests() > asked);
}
