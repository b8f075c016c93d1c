// How much the loop lost, and when that is worth saying.
#include "watch/loop_lag.hpp"

#include <catch2/catch.hpp>

using namespace idpwatch;
using base::Duration;
using base::hours;
using base::milliseconds;
using base::minutes;
using base::seconds;
using watch::LoopLag;

TEST_CASE("lateness below a quarter second is how a loop works", "[daemon]") {
  LoopLag lag{Duration(0)};
  for (int i = 0; i < 10'000; ++i) {
    lag.ran(seconds(i), seconds(i) + milliseconds(249));
    lag.judge(seconds(i) + milliseconds(249));
    REQUIRE_FALSE(lag.late());
  }
  CHECK(lag.lost(Duration(0), seconds(10'000)).sum == Duration(0));
  CHECK_FALSE(lag.distorts(seconds(9'000), seconds(9'001)));
}

TEST_CASE("only what overlaps a stretch is excused by it", "[daemon]") {
  LoopLag lag{Duration(0)};
  lag.ran(seconds(100), seconds(103));
  CHECK(lag.excuses(seconds(95), seconds(105)));
  CHECK(lag.excuses(seconds(102), seconds(112)));
  CHECK_FALSE(lag.excuses(seconds(103), seconds(113)));
  CHECK_FALSE(lag.excuses(seconds(90), seconds(100)));
  // Touched by it for a moment only: the times are off, the failure is real.
  CHECK(lag.distorts(seconds(94), seconds(100) + milliseconds(400)));
  CHECK_FALSE(lag.excuses(seconds(94), seconds(100) + milliseconds(400)));
}

TEST_CASE("a stretch that is not over yet counts as well", "[daemon]") {
  LoopLag lag{Duration(0)};
  lag.expect(seconds(10));
  CHECK_FALSE(lag.excuses(seconds(9), seconds(10)));
  CHECK(lag.excuses(seconds(9), seconds(30)));
  lag.ran(seconds(10), seconds(30));
  lag.expect(std::nullopt);
  CHECK(lag.excuses(seconds(9), seconds(30)));
  CHECK(lag.lost(Duration(0), hours(1)).sum == seconds(20));
}

TEST_CASE("several timers that waited together lost one stretch", "[daemon]") {
  LoopLag lag{Duration(0)};
  for (int i = 0; i < 50; ++i) lag.ran(seconds(100 + i), seconds(160));
  const auto lost = lag.lost(Duration(0), seconds(1000));
  CHECK(lost.sum == seconds(60));
  CHECK(lost.longest == seconds(60));
}

TEST_CASE("what is remembered of stretches is bounded", "[daemon]") {
  LoopLag lag{Duration(0)};
  for (int i = 0; i < 100'000; ++i) {
    lag.ran(milliseconds(600 * i), milliseconds(600 * i + 300));
  }
  const auto lost = lag.lost(Duration(0), hours(1000));
  CHECK(lost.sum <= milliseconds(300) * static_cast<int>(LoopLag::kStretchesMax));
}
