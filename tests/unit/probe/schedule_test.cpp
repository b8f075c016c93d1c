#include "probe/schedule.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <vector>

using namespace idpwatch;
using base::Duration;

namespace {

std::vector<Duration> looks(const std::string& name, Duration interval, int count,
                            Duration start = base::hours(3)) {
  std::vector<Duration> out;
  Duration at = start;
  for (int i = 0; i < count; ++i) out.push_back(at = probe::next_look(name, interval, at));
  return out;
}

double fraction(Duration at) { return std::fmod(static_cast<double>(at.count()) / 1e6, 1.0); }

}  // namespace

TEST_CASE("looks come once an interval, give or take less than a second", "[probe]") {
  for (const Duration interval :
       {Duration(base::seconds(1)), Duration(base::seconds(60)), Duration(base::minutes(5))}) {
    const auto at = looks("entra", interval, 200);
    for (std::size_t i = 1; i < at.size(); ++i) {
      CHECK(at[i] > at[i - 1]);
      CHECK(at[i] - at[i - 1] < interval + base::seconds(1));
      CHECK(at[i] - at[i - 1] > interval - base::seconds(1));
    }
  }
}

TEST_CASE("the next look does not depend on when it is asked for", "[probe]") {
  const auto at = looks("okta", base::seconds(60), 3);
  for (int s = 0; s < 59; ++s) {
    const Duration asked = at[0] + base::seconds(s);
    CHECK(probe::next_look("okta", base::seconds(60), asked) == at[1]);
  }
  // After a long suspend: one look, not the missed ones.
  CHECK(probe::next_look("okta", base::seconds(60), at[0] + base::hours(5)) >
        at[0] + base::hours(5));
}

TEST_CASE("within their seconds looks leave no large gap", "[probe]") {
  constexpr int kCount = 50;
  std::vector<double> phases;
  for (const Duration at : looks("auth0", base::seconds(60), kCount)) {
    phases.push_back(fraction(at));
  }
  std::ranges::sort(phases);
  double largest = 1.0 - phases.back() + phases.front();
  for (std::size_t i = 1; i < phases.size(); ++i) {
    largest = std::max(largest, phases[i] - phases[i - 1]);
  }
  CHECK(largest <= 1.9 / kCount);
}

TEST_CASE("many authorities spread over the interval", "[probe]") {
  std::vector<int> per_second(60, 0);
  const Duration start = base::hours(1);
  for (int i = 0; i < 6000; ++i) {
    const Duration at = probe::next_look("a" + std::to_string(i), base::seconds(60), start);
    const auto second = static_cast<std::size_t>((at - start) / base::seconds(1));
    ++per_second[std::min<std::size_t>(second, 59)];
  }
  CHECK(*std::ranges::min_element(per_second) > 50);
  CHECK(*std::ranges::max_element(per_second) < 160);
}

TEST_CASE("the first look comes soon for few and spread for many", "[probe]") {
  const Duration now = base::hours(1);
  for (int i = 0; i < 10; ++i) {
    const Duration at = probe::first_look("a" + std::to_string(i), base::seconds(60), 10, now);
    CHECK(at >= now);
    CHECK(at < now + base::milliseconds(50));
  }
  Duration last = now;
  for (int i = 0; i < 1000; ++i) {
    const Duration at = probe::first_look("a" + std::to_string(i), base::seconds(60), 100'000, now);
    CHECK(at < now + base::seconds(60));
    last = std::max(last, at);
  }
  CHECK(last > now + base::seconds(50));
  CHECK(probe::first_look("a", base::seconds(60), 0, now) == now);
}
