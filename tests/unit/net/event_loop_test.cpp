#include "net/event_loop.hpp"

#include "tests/fakes/fake_scheduler.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <csignal>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

using namespace idpwatch;

namespace {

std::unique_ptr<net::EventLoop> make_loop(const base::Clock& clock) {
  return net::EventLoop::create(clock).value();
}

constexpr base::Duration kSoon = base::milliseconds(1);
constexpr base::Duration kWait = base::seconds(5);

}  // namespace

TEST_CASE("timers run in the order of their instants, then of their making", "[net]") {
  base::SystemClock clock;
  const auto loop = make_loop(clock);
  const base::Duration now = clock.boottime();
  std::vector<int> order;
  loop->at(now + 2 * kSoon, [&](const net::Now&) {
    order.push_back(3);
    loop->stop();
  });
  loop->at(now + kSoon, [&](const net::Now&) { order.push_back(1); });
  loop->at(now + kSoon, [&](const net::Now&) { order.push_back(2); });
  loop->run();
  CHECK(order == std::vector<int>{1, 2, 3});
}

TEST_CASE("a timer never runs before its instant, and all of a turn see one now", "[net]") {
  base::SystemClock clock;
  const auto loop = make_loop(clock);
  const base::Duration due = clock.boottime() + base::microseconds(1500);
  std::vector<net::Now> seen;
  for (int i = 0; i < 2; ++i) {
    loop->at(due, [&](const net::Now& now) { seen.push_back(now); });
  }
  while (seen.size() < 2) loop->turn(kWait);
  CHECK(seen[0].boottime >= due);
  CHECK(seen[0].boottime == seen[1].boottime);
  CHECK(seen[0].wall == seen[1].wall);
}

TEST_CASE("a cancelled timer does not run, not even one of the same turn", "[net]") {
  base::SystemClock clock;
  const auto loop = make_loop(clock);
  bool ran = false;
  net::TimerId second = 0;
  const base::Duration due = clock.boottime();
  loop->at(due, [&](const net::Now&) { loop->cancel(second); });
  second = loop->at(due, [&](const net::Now&) { ran = true; });
  loop->turn(base::Duration{0});
  loop->turn(base::Duration{0});
  loop->cancel(second);
  loop->cancel(12345);
  CHECK_FALSE(ran);
}

TEST_CASE("a task that asks for now again does not starve descriptors", "[net]") {
  base::SystemClock clock;
  const auto loop = make_loop(clock);
  const net::OwnedFd event(::eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC));
  bool seen = false;
  int turns = 0;
  std::function<void(const net::Now&)> again = [&](const net::Now&) {
    if (++turns < 1000 && !seen) loop->soon(again);
  };
  loop->soon(again);
  loop->watch(event.get(), {.readable = true}, [&](const net::Now&, net::Readiness ready) {
    seen = ready.readable;
    loop->unwatch(event.get());
  });
  for (int i = 0; i < 3; ++i) loop->turn(base::Duration{0});
  CHECK(seen);
  CHECK(turns <= 3);
}

TEST_CASE("watches can change and remove each other while they run", "[net]") {
  base::SystemClock clock;
  const auto loop = make_loop(clock);
  std::array<int, 2> pair{};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair.data()) == 0);
  const net::OwnedFd left(pair[0]);
  const net::OwnedFd right(pair[1]);
  int writable = 0;
  int readable = 0;
  loop->watch(left.get(), {.writable = true}, [&](const net::Now&, net::Readiness ready) {
    if (ready.writable) ++writable;
    CHECK(::write(left.get(), "x", 1) == 1);
    loop->change(left.get(), {});  // keeps this very task
  });
  loop->watch(right.get(), {.readable = true}, [&](const net::Now&, net::Readiness ready) {
    if (ready.readable) ++readable;
    loop->unwatch(left.get());
    loop->unwatch(right.get());
  });
  for (int i = 0; i < 4; ++i) loop->turn(base::Duration{0});
  CHECK(writable == 1);
  CHECK(readable == 1);
}

TEST_CASE("a hang-up wakes readers and writers", "[net]") {
  base::SystemClock clock;
  const auto loop = make_loop(clock);
  std::array<int, 2> pair{};
  REQUIRE(::pipe(pair.data()) == 0);
  const net::OwnedFd reader(pair[0]);
  ::close(pair[1]);
  net::Readiness got;
  loop->watch(reader.get(), {.readable = true},
              [&](const net::Now&, net::Readiness ready) { got = ready; });
  loop->turn(kWait);
  CHECK(got.readable);
  CHECK(got.writable);
  loop->unwatch(reader.get());
}

TEST_CASE("signals arrive as callbacks of the loop", "[net]") {
  base::SystemClock clock;
  const auto loop = make_loop(clock);
  std::vector<int> got;
  const std::array<int, 2> wanted{SIGUSR1, SIGUSR2};
  REQUIRE(loop->on_signals(wanted, [&](const net::Now&, int signal) { got.push_back(signal); }));
  REQUIRE(::raise(SIGUSR2) == 0);
  while (got.empty()) loop->turn(kWait);
  CHECK(got == std::vector<int>{SIGUSR2});
}

TEST_CASE("the virtual scheduler runs each timer at its own instant", "[net]") {
  fakes::FakeClock clock;
  fakes::FakeScheduler scheduler(clock);
  const base::Duration start = clock.boottime();
  std::vector<base::Duration> at;
  scheduler.at(start + base::minutes(2), [&](const net::Now& now) { at.push_back(now.boottime); });
  scheduler.at(start + base::minutes(1), [&](const net::Now& now) {
    at.push_back(now.boottime);
    scheduler.at(now.boottime + base::seconds(30),
                 [&](const net::Now& later) { at.push_back(later.boottime); });
  });
  scheduler.advance(base::minutes(3));
  CHECK(at == std::vector<base::Duration>{start + base::minutes(1), start + base::seconds(90),
                                          start + base::minutes(2)});
  CHECK(clock.boottime() == start + base::minutes(3));
  CHECK(scheduler.pending() == 0);
}
