// How soon an outage and a recovery are told, and how many probes that costs.
#include "base/json.hpp"
#include "tests/replays/replay.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

using namespace idpwatch;
using namespace idpwatch::replays;
using base::hours;
using base::minutes;
using base::seconds;
using Texts = std::vector<std::string>;

namespace {

const std::string kShop = "https://shop.test";
const std::string kDocument = kShop + "/.well-known/openid-configuration";

// When the first message said that the outage opened, or that it is resolved.
std::optional<base::Instant> told_at(const Replay& replay, const std::string& state) {
  for (const Message& message : replay.messages()) {
    const auto body = base::Json::parse(message.body);
    for (const auto& finding : body["data"].value("findings", base::Json::array())) {
      if (finding["rule"] == "authority-unreachable" && finding["state"] == state) {
        return message.at;
      }
    }
  }
  return std::nullopt;
}

// The first request for the document after that instant.
base::Instant asked_after(const Replay& replay, base::Instant instant) {
  for (const base::Instant at : replay.asked_at(kDocument)) {
    if (at > instant) return at;
  }
  return base::Instant::max();
}

}  // namespace

TEST_CASE("an outage and its end are confirmed within a minute of the first look", "[replays]") {
  Replay replay;
  replay.authority("shop", kShop, {"k1"});
  replay.start();
  replay.advance(hours(1));
  const base::Instant broken = replay.clock().wall();
  replay.fail(kShop, model::FailureKind::kConnect);
  replay.advance(minutes(5));
  const auto fired = told_at(replay, "opened");
  REQUIRE(fired);
  CHECK(*fired - asked_after(replay, broken) <= seconds(60));

  const base::Instant mended = replay.clock().wall();
  replay.mend(kShop);
  replay.advance(minutes(5));
  const auto resolved = told_at(replay, "resolved");
  REQUIRE(resolved);
  CHECK(*resolved - asked_after(replay, mended) <= seconds(15));
}

TEST_CASE("extra probes are few, however often an authority comes and goes", "[replays]") {
  Replay replay;
  replay.authority("shop", kShop, {"k1"});
  replay.start();
  replay.advance(hours(1));
  const std::size_t quiet = replay.asked_at(kDocument).size();
  for (int i = 0; i < 60; ++i) {
    if (i % 4 < 2) {
      replay.fail(kShop, model::FailureKind::kConnect);
    } else {
      replay.mend(kShop);
    }
    replay.advance(minutes(1));
  }
  const std::size_t flapping = replay.asked_at(kDocument).size() - quiet;
  CHECK(flapping > 60);
  CHECK(flapping <= 61 + 16);  // eight at once, and eight more in the hour
  const auto asked = replay.asked_at(kDocument);
  for (std::size_t i = 1; i < asked.size(); ++i) CHECK(asked[i] - asked[i - 1] >= seconds(9));
}

TEST_CASE("an authority that asks for patience gets no extra probe", "[replays]") {
  const int status = GENERATE(429, 503);
  Replay replay;
  replay.authority("shop", kShop, {"k1"});
  replay.start();
  replay.advance(hours(1));
  const std::size_t before = replay.asked_at(kDocument).size();
  replay.document(kDocument, status, "later");
  if (status == 503) replay.retry_after = "120";
  replay.advance(minutes(10));
  CHECK(replay.asked_at(kDocument).size() - before <= 11);
}

TEST_CASE("a provider that answers 429 is asked later, as it says, and longer each time",
          "[replays]") {
  Replay replay;
  replay.authority("shop", kShop, {"k1"});
  replay.start();
  replay.advance(hours(1));
  const std::size_t before = replay.asked_at(kDocument).size();
  replay.document(kDocument, 429, "later");
  replay.retry_after = "300";
  replay.advance(minutes(30));
  CHECK(replay.asked_at(kDocument).size() - before <= 1 + 30 / 5);
  CHECK(std::ranges::count(replay.told(), "alert.firing self-pace") == 1);
  replay.retry_after = "";
  replay.advance(hours(24));
  // Once an hour in the end.
  CHECK(replay.asked_at(kDocument).size() - before <= 1 + 30 / 5 + 24 + 6);
  CHECK(replay.asked_at(kDocument).size() - before >= 24);
  replay.document(kDocument, 200,
                  R"({"issuer":"https://shop.test","jwks_uri":"https://shop.test/jwks"})");
  replay.advance(hours(2));
  CHECK(std::ranges::count(replay.told(), "alert.resolved self-pace") == 1);
  // As often as ever.
  const std::size_t then = replay.asked_at(kDocument).size();
  replay.advance(minutes(10));
  CHECK(replay.asked_at(kDocument).size() - then >= 9);
}

TEST_CASE("the tenants of one host that is down share its extra probes", "[replays]") {
  Replay replay;
  for (int i = 0; i < 50; ++i) {
    const std::string name = "t" + std::to_string(i);
    replay.authority(name, kShop + "/" + name, {"k"});
  }
  replay.authority("x", "https://x.test", {"k"});
  replay.authority("y", "https://y.test", {"k"});
  replay.start();
  replay.advance(hours(1));
  replay.fail(kShop, model::FailureKind::kConnect);
  const std::size_t before = replay.requests();
  replay.advance(minutes(10));
  // Two documents a look and authority; messages come on top.
  const std::size_t messages = replay.messages().size();
  CHECK(replay.requests() - before - messages <= 52 * 11 * 2 + 2 * 10);
}
