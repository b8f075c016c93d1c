#include "checks/canary/canary_schedule.hpp"

#include <catch2/catch.hpp>

namespace idpwatch::checks {

using base::Duration;

TEST_CASE("the next token is fetched while the one in hand is good, at a canary's own instant",
          "[canary]") {
  for (const double spread : {0.0, 0.5, 0.999}) {
    CanarySchedule schedule(spread);
    const Duration next = schedule.fetched(base::hours(1), base::hours(1));
    CHECK(next > base::hours(1) + base::minutes(30));
    CHECK(next < base::hours(2) - base::minutes(10));
  }
  CHECK(CanarySchedule(0.1).fetched(Duration(0), base::hours(1)) !=
        CanarySchedule(0.9).fetched(Duration(0), base::hours(1)));
}

TEST_CASE("failures are repeated later and later, and as late as the endpoint asks", "[canary]") {
  CanarySchedule schedule(0.5);
  Duration now = base::hours(1), last{0};
  for (int i = 0; i < 12; ++i) {
    const Duration wait = schedule.failed(now, std::nullopt) - now;
    CHECK(wait >= last);
    CHECK(wait <= CanarySchedule::kBackoffMost * 12 / 10);
    last = wait;
    now += wait;
  }
  CHECK(schedule.failed(now, base::hours(2)) >= now + base::hours(2));
}

TEST_CASE("after failures the first good answer is confirmed soon", "[canary]") {
  CanarySchedule schedule(0.5);
  Duration now = base::hours(1);
  now = schedule.failed(now, std::nullopt);
  CHECK(schedule.fetched(now, base::hours(1)) <= now + base::seconds(10));
  now = schedule.next();
  CHECK(schedule.fetched(now, base::hours(1)) > now + base::minutes(30));
}

TEST_CASE("however short tokens live and however often keys change, requests are bounded",
          "[canary]") {
  CanarySchedule schedule(0.5);
  Duration now = base::hours(1);
  int fetches = 0;
  for (const Duration end = now + base::hours(10); now < end; ++fetches) {
    const Duration next = schedule.fetched(now, base::seconds(1));
    REQUIRE(next - now >= CanarySchedule::kLeastGap);
    REQUIRE(schedule.keys_changed(now) - now >= CanarySchedule::kLeastGap);
    now = next;
  }
  CHECK(fetches <= CanarySchedule::kBurst + 10 * 30 + 1);
}

TEST_CASE("a change of the key set brings the next fetch forward, but not while it fails",
          "[canary]") {
  CanarySchedule schedule(0.5);
  const Duration now = base::hours(1);
  schedule.fetched(now, base::hours(1));
  CHECK(schedule.keys_changed(now + base::minutes(5)) == now + base::minutes(5));
  const Duration planned = schedule.failed(now + base::minutes(6), base::hours(1));
  CHECK(schedule.keys_changed(now + base::minutes(7)) == planned);
}

}  // namespace idpwatch::checks
