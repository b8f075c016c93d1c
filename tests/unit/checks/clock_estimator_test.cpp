#include "checks/clock/clock_estimator.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <random>

namespace idpwatch::checks {

namespace {

using base::Duration;

// A host and a server on one true time line, all in microseconds. The local boot clock is the time
// line itself; the server's runs at a rate of its own, the wall clock is set now and then.
struct World {
  std::int64_t boot_us = 5'000'000'000;
  std::int64_t server_at_boot0_us = 1'780'000'000'000'000;
  double server_rate_ppm = 0;
  std::int64_t wall_minus_boot_us = 1'780'000'000'000'000;

  [[nodiscard]] std::int64_t server(std::int64_t boot) const {
    return server_at_boot0_us + boot +
           static_cast<std::int64_t>(std::floor(static_cast<double>(boot) * server_rate_ppm / 1e6));
  }
  [[nodiscard]] base::Instant wall(std::int64_t boot) const {
    return base::from_unix_micros(boot + wall_minus_boot_us);
  }
  [[nodiscard]] Duration offset() const {
    return Duration(server(boot_us) - boot_us - wall_minus_boot_us);
  }
  // One request now; the clock then stands at its end.
  model::ClockSample ask(std::int64_t out_us, std::int64_t back_us, std::int64_t stale_us) {
    model::ClockSample sample;
    sample.sent = wall(boot_us);
    sample.date = base::from_unix_seconds(
        base::to_unix_seconds(base::from_unix_micros(server(boot_us + out_us) - stale_us)));
    boot_us += out_us + back_us;
    sample.received = wall(boot_us);
    sample.boottime_received = Duration(boot_us);
    return sample;
  }
};

bool holds(const ClockEstimator& estimator, const World& world) {
  const auto interval = estimator.at(world.wall(world.boot_us), Duration(world.boot_us));
  if (!interval) return false;
  return interval->lo <= world.offset() && (!interval->hi || world.offset() <= *interval->hi);
}

}  // namespace

TEST_CASE("clock: one answer gives an interval one second plus the round trip wide", "[checks]") {
  World world;
  world.server_at_boot0_us += 3'250'000;
  ClockEstimator estimator({.staleness = Duration(0), .epsilon = Duration(0), .drift_ppm = 0});
  REQUIRE(estimator.add(world.ask(10'000, 15'000, 0), DateClass::kFresh));
  const auto interval = estimator.at(world.wall(world.boot_us), Duration(world.boot_us));
  REQUIRE(interval);
  CHECK(*interval->width() == Duration(1'025'000));
  CHECK(holds(estimator, world));
  CHECK(to_text(interval->evidence) == "B");
}

TEST_CASE("clock: what is known widens by the drift of its age, not of the uptime", "[checks]") {
  World world;
  world.boot_us = 40'000'000'000'000;  // up for 463 days
  ClockEstimator estimator;
  estimator.add(world.ask(10'000, 15'000, 0), DateClass::kFresh);
  const Duration fresh(1'000'000 + 1'100'000 + 25'000 + 2 * 10'000);
  const auto width = [&] {
    return *estimator.at(world.wall(world.boot_us), Duration(world.boot_us))->width();
  };
  CHECK(std::chrono::abs(width() - fresh) <= Duration(2));
  world.boot_us += 3'600'000'000;  // an hour at 100 ppm on both sides
  CHECK(std::chrono::abs(width() - fresh - Duration(720'000)) <= Duration(2));
  CHECK(holds(estimator, world));
}

TEST_CASE("clock: without an answer nothing is known", "[checks]") {
  CHECK_FALSE(ClockEstimator().at(base::Instant(base::seconds(9)), base::seconds(1)));
}

TEST_CASE("clock: the interval always holds the true offset", "[checks]") {
  std::mt19937 random(20261124);
  std::uniform_real_distribution<double> offset_s(-400, 400), rate(-99, 99);
  std::exponential_distribution<double> delay(1.0 / 20'000), pause(1.0 / 60e6);
  std::uniform_int_distribution<std::int64_t> stale(0, 1'100'000);
  for (int run = 0; run < 300; ++run) {
    World world;
    world.server_at_boot0_us += static_cast<std::int64_t>(offset_s(random) * 1e6);
    world.server_rate_ppm = rate(random);
    ClockEstimator estimator;
    for (int i = 0; i < 300; ++i) {
      world.boot_us += static_cast<std::int64_t>(pause(random));
      // Somebody sets the local clock: what is known of the server stays known.
      if (i % 50 == 49) world.wall_minus_boot_us += stale(random) * 7 - 3'000'000;
      estimator.add(world.ask(static_cast<std::int64_t>(delay(random)),
                              static_cast<std::int64_t>(delay(random)), stale(random)),
                    DateClass::kFresh);
      INFO("run " << run << ", answer " << i);
      REQUIRE(holds(estimator, world));
    }
    REQUIRE(estimator.restarts() == 0);
  }
}

TEST_CASE("clock: a cached answer widens the interval by its Age and stays true", "[checks]") {
  std::mt19937 random(7);
  std::uniform_int_distribution<std::int64_t> age_us(1'000'000, 3'000'000'000);
  for (int run = 0; run < 2000; ++run) {
    World world;
    world.server_at_boot0_us += age_us(random) / 100 - 10'000'000;
    const std::int64_t age = age_us(random);
    model::ClockSample sample = world.ask(12'000, 12'000, age);
    sample.age_s = age / 1'000'000;
    ClockEstimator estimator;
    REQUIRE(estimator.add(sample, DateClass::kAged));
    REQUIRE(holds(estimator, world));
    const auto interval = estimator.at(world.wall(world.boot_us), Duration(world.boot_us));
    CHECK(interval->evidence == DateClass::kAged);
    // Without the Age the local clock would seem hours ahead.
    CHECK(*interval->hi >= world.offset());
  }
}

TEST_CASE("clock: golden-ratio phases shrink the interval to the round trip", "[checks]") {
  World world;
  world.server_at_boot0_us += 123'456;
  const std::int64_t round_trip = 26'000;
  ClockEstimator estimator({.staleness = Duration(0), .epsilon = Duration(0), .drift_ppm = 0});
  double phase = 0.3;
  Duration width{0};
  for (int i = 1; i <= 60; ++i) {
    phase = std::fmod(phase + 0.6180339887, 1.0);
    world.boot_us =
        (world.boot_us / 60'000'000 + 1) * 60'000'000 + static_cast<std::int64_t>(phase * 1e6);
    estimator.add(world.ask(round_trip / 2, round_trip / 2, 0), DateClass::kFresh);
    width = *estimator.at(world.wall(world.boot_us), Duration(world.boot_us))->width();
    // The largest gap of the phases around the tick is at most 1.9/n (facts on clocks 2.3).
    if (i >= 2) CHECK(width <= Duration(round_trip + 1'900'000 / i + 1));
  }
  CHECK(width < Duration(round_trip + 50'000));
  CHECK(holds(estimator, world));
}

TEST_CASE("clock: polls at whole seconds never learn anything", "[checks]") {
  World world;
  ClockEstimator estimator({.staleness = Duration(0), .epsilon = Duration(0), .drift_ppm = 0});
  for (int i = 0; i < 50; ++i) {
    world.boot_us = 6'000'000'000 + std::int64_t{i} * 60'000'000;
    estimator.add(world.ask(5'000, 5'000, 0), DateClass::kFresh);
  }
  CHECK(*estimator.at(world.wall(world.boot_us), Duration(world.boot_us))->width() ==
        Duration(1'010'000));
}

TEST_CASE("clock: a step of the local clock is seen at once, with what was known", "[checks]") {
  World world;
  ClockEstimator estimator;
  for (int i = 0; i < 30; ++i) {
    world.boot_us += 10'618'034;
    estimator.add(world.ask(5'000, 5'000, 0), DateClass::kFresh);
  }
  const auto before = estimator.at(world.wall(world.boot_us), Duration(world.boot_us));
  world.wall_minus_boot_us += 90'000'000;
  const auto after = estimator.at(world.wall(world.boot_us), Duration(world.boot_us));
  CHECK(after->lo == before->lo - base::seconds(90));
  CHECK(*after->hi == *before->hi - base::seconds(90));
  CHECK(holds(estimator, world));
}

TEST_CASE("clock: a paused machine makes the estimate start anew from the newest", "[checks]") {
  World world;
  ClockEstimator estimator;
  for (int i = 0; i < 200; ++i) {
    world.boot_us += 10'618'034;
    estimator.add(world.ask(5'000, 5'000, 0), DateClass::kFresh);
  }
  world.server_at_boot0_us += 40'000'000;  // time went on without us
  world.boot_us += 10'000'000;
  estimator.add(world.ask(5'000, 5'000, 0), DateClass::kFresh);
  CHECK(estimator.restarts() == 1);
  CHECK(holds(estimator, world));
  CHECK(estimator.at(world.wall(world.boot_us), Duration(world.boot_us))->samples == 1);
}

TEST_CASE("clock: a Date that stands still accuses nobody", "[checks]") {
  World world;
  ClockEstimator estimator;
  estimator.add(world.ask(5'000, 5'000, 0), DateClass::kFresh);
  const std::int64_t fetched = world.boot_us;
  for (int i = 0; i < 60; ++i) {
    world.boot_us += 60'618'034;
    // A cache that does not say so, refreshed every ten minutes.
    const std::int64_t stale = (world.boot_us - fetched) % 600'000'000;
    estimator.add(world.ask(5'000, 5'000, stale), DateClass::kFresh);
    const auto interval = estimator.at(world.wall(world.boot_us), Duration(world.boot_us));
    REQUIRE(holds(estimator, world));
    CHECK(interval->proven() == Duration(0));
  }
  CHECK(estimator.restarts() == 0);
}

TEST_CASE("clock: a server that is set back is believed once its Date goes on", "[checks]") {
  World world;
  ClockEstimator estimator;
  for (int i = 0; i < 10; ++i) {
    world.boot_us += 60'618'034;
    estimator.add(world.ask(5'000, 5'000, 0), DateClass::kFresh);
  }
  world.server_at_boot0_us -= 30'000'000;
  for (int i = 0; i < 6; ++i) {
    world.boot_us += 60'618'034;
    estimator.add(world.ask(5'000, 5'000, 0), DateClass::kFresh);
  }
  CHECK(estimator.restarts() == 1);
  CHECK(holds(estimator, world));
  CHECK(estimator.at(world.wall(world.boot_us), Duration(world.boot_us))->proven() <
        -base::seconds(25));
}

TEST_CASE("clock: answers marked as cached give no upper bound", "[checks]") {
  World world;
  model::Fetch fetch;
  fetch.clock = world.ask(5'000, 5'000, 900'000'000);
  fetch.headers = {{"x-cache", "Hit from cloudfront"}};
  CHECK(date_class(fetch) == DateClass::kSuspected);
  ClockEstimator estimator;
  REQUIRE(estimator.add(fetch));
  const auto interval = estimator.at(world.wall(world.boot_us), Duration(world.boot_us));
  CHECK_FALSE(interval->hi);
  CHECK(interval->proven() == Duration(0));
  CHECK(to_text(interval->evidence) == "D");
}

TEST_CASE("clock: a soft upper bound never overturns a hard lower one", "[checks]") {
  World world;
  world.server_at_boot0_us += 20'000'000;
  ClockEstimator estimator;
  estimator.add(world.ask(5'000, 5'000, 0), DateClass::kFresh);
  model::ClockSample cached = world.ask(5'000, 5'000, 100'000'000);
  cached.age_s = 10;  // a cache whose Age is wrong
  estimator.add(cached, DateClass::kAged);
  CHECK(estimator.restarts() == 0);
  CHECK(holds(estimator, world));
}

TEST_CASE("clock: an unusable sample changes nothing", "[checks]") {
  World world;
  ClockEstimator estimator;
  model::ClockSample backwards = world.ask(5'000, 5'000, 0);
  backwards.received = backwards.sent - base::seconds(1);
  CHECK_FALSE(estimator.add(backwards, DateClass::kFresh));
  model::ClockSample bad_age = world.ask(5'000, 5'000, 0);
  bad_age.age_s = -1;
  CHECK_FALSE(estimator.add(bad_age, DateClass::kFresh));
  CHECK_FALSE(estimator.add(model::Fetch{}));
  CHECK_FALSE(estimator.at(world.wall(world.boot_us), Duration(world.boot_us)));
}

TEST_CASE("clock: the discovery document is read, the key set only when there is none",
          "[checks]") {
  World world;
  model::Observation observation;
  CHECK(clock_source(observation) == nullptr);
  observation.jwks.emplace().clock = world.ask(5'000, 5'000, 0);
  CHECK(clock_source(observation) == &*observation.jwks);
  observation.discovery.emplace();
  CHECK(clock_source(observation) == nullptr);
  observation.discovery->clock = world.ask(5'000, 5'000, 0);
  CHECK(clock_source(observation) == &*observation.discovery);
}

}  // namespace idpwatch::checks
