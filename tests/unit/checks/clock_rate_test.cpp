#include "checks/clock/clock_rate.hpp"

#include <catch2/catch.hpp>

#include <random>

namespace idpwatch::checks {

namespace {

using base::Duration;
using base::hours;
using base::milliseconds;
using base::minutes;

Duration after(Duration passed, double rate) {
  return Duration(static_cast<std::int64_t>(static_cast<double>(passed.count()) * rate));
}

// Intervals of 1.2 s around a line, each with the truth somewhere in it.
struct Line {
  explicit Line(double drift) : rate(drift) {}
  double rate;
  std::mt19937 random{7};
  ClockRate learned;
  Duration now = hours(10);

  void live(Duration by, Duration step = Duration(0)) {
    for (const Duration end = now + by; now < end; now += minutes(1)) {
      const Duration truth = after(now, rate) + step;
      const Duration below = milliseconds(std::uniform_int_distribution<int>(0, 1200)(random));
      learned.add(now, truth - below, truth - below + milliseconds(1200));
    }
  }
};

}  // namespace

TEST_CASE("The true rate lies within the bounds, and a drift is proven in time", "[checks]") {
  for (const double rate : {0.0, 50e-6, -50e-6, 500e-6, -2000e-6}) {
    Line line(rate);
    line.live(hours(5));
    CHECK_FALSE(line.learned.bounds());
    line.live(hours(19));
    const auto& bounds = line.learned.bounds();
    REQUIRE(bounds);
    INFO(rate << ": " << bounds->lo << " .. " << bounds->hi);
    CHECK(bounds->lo <= rate);
    CHECK(bounds->hi >= rate);
    CHECK(bounds->proven() == (rate != 0.0));
    CHECK(bounds->hi - bounds->lo < 60e-6);
  }
}

TEST_CASE("A step is no drift", "[checks]") {
  for (const Duration step : {milliseconds(800), milliseconds(2000), milliseconds(30'000)}) {
    Line line(0);
    line.live(hours(12));
    for (int i = 0; i < 48; ++i) {
      line.live(minutes(30), step);
      CHECK_FALSE((line.learned.bounds() && line.learned.bounds()->proven()));
    }
  }
}

}  // namespace idpwatch::checks
