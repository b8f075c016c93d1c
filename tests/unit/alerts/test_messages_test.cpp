// Marked messages to receivers, as `idpwatch alerts test` asks for them.
#include "tests/unit/alerts/support.hpp"

#include <catch2/catch.hpp>

using namespace idpwatch;
using namespace idpwatch::alerts_test;
using fakes::http_answer;
using model::Severity;
using Texts = std::vector<std::string>;

TEST_CASE("a test message takes the real path, and an unknown receiver is an error", "[alerts]") {
  House house(config_of({"oncall", "chat"}));
  auto turn = house.center().test(house.now, "oncall");
  REQUIRE(turn);
  house.keep(*std::move(turn));
  house.settle();
  CHECK(house.types("oncall") == Texts{"test"});
  CHECK(house.types("chat").empty());
  CHECK_FALSE(house.center().test(house.now, "nobody"));
}

TEST_CASE("a test waits until alerts have left, and a newer one takes its place", "[alerts]") {
  House house(config_of({"oncall"}));
  // In flight: what comes now waits.
  auto first = house.center().test(house.now, "oncall");
  REQUIRE(first);
  house.keep(*std::move(first));
  house.keep(house.center().tick(house.now));
  for (int i = 0; i < 100; ++i) {
    auto test = house.center().test(house.now, "oncall");
    REQUIRE(test);
    house.keep(*std::move(test));
  }
  CHECK(house.stored_outbox.size() == 2);
  const auto see = house.center().apply(house.now, refusals(1, Severity::kError));
  house.keep(see);
  house.keep(house.center().tick(house.now + base::minutes(1)));
  house.now += base::minutes(1);
  house.settle();
  CHECK(house.types("oncall") == Texts{"test", "alert.firing", "test"});
}

TEST_CASE("no number of tests displaces a message from a full outbox", "[alerts]") {
  base::SeededRandom random(1);
  fakes::FakeHttp http;
  alerts::OutboxLimits limits;
  limits.rows = 3;
  alerts::Route events;
  events.match.kind = alerts::RouteKind::kEvent;
  events.receivers = {"oncall"};
  auto config = config_of({"oncall"});
  config.routes = {events};
  alerts::AlertCenter center(config, random, http, {}, limits);
  model::Event event;
  event.at = kStart;
  event.authority = "entra";
  for (int i = 0; i < 3; ++i) center.apply(kStart, {}, std::vector{event});
  for (int i = 0; i < 50; ++i) {
    const auto turn = center.test(kStart, "oncall");
    REQUIRE(turn);
    for (const auto& done : turn->batch.outbox_done) {
      CHECK(std::ranges::any_of(turn->batch.outbox, [&done](const auto& message) {
        return message.id == done.first && message.type == "test";
      }));
    }
  }
  CHECK(center.queued() == 3);
}

TEST_CASE("a test that is not taken is given up soon", "[alerts]") {
  House house(config_of({"oncall"}));
  house.answers["oncall"] = http_answer(500);
  auto test = house.center().test(house.now, "oncall");
  REQUIRE(test);
  house.keep(*std::move(test));
  house.settle();
  house.advance(base::hours(2));
  CHECK(house.center().queued() == 0);
  CHECK(attempts_of(house, "oncall") < 12);
}
