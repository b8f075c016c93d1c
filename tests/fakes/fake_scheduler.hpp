// Timers on a virtual clock: what the daemon's logic is replayed with, without a loop.
//
// A task is a turn: now() stands still in it, while the clock goes on a little, and a task that
// takes long is one that advances the clock.
#pragma once

#include "net/scheduler.hpp"
#include "tests/fakes/fake_clock.hpp"

#include <map>
#include <optional>
#include <utility>

namespace idpwatch::fakes {

class FakeScheduler final : public net::Scheduler {
 public:
  explicit FakeScheduler(FakeClock& clock) : clock_(clock) {}

  net::TimerId at(base::Duration boottime, Task task) override {
    const net::TimerId id = next_++;
    timers_.emplace(std::pair(boottime, id), std::move(task));
    return id;
  }

  void cancel(net::TimerId id) override {
    std::erase_if(timers_, [id](const auto& timer) { return timer.first.second == id; });
  }

  [[nodiscard]] net::Now now() const override { return turn_ ? *turn_ : read_clock(); }

  // Runs what is due now, with what that makes due.
  void run_due() { run_until(clock_.boottime()); }

  // Lets time pass, timer by timer, each at its own instant.
  void advance(base::Duration by) {
    const base::Duration end = clock_.boottime() + by;
    run_until(end);
    if (end > clock_.boottime()) clock_.advance(end - clock_.boottime());
  }

  [[nodiscard]] std::size_t pending() const { return timers_.size(); }

 private:
  void run_until(base::Duration end) {
    while (!timers_.empty() && timers_.begin()->first.first <= end) {
      auto node = timers_.extract(timers_.begin());
      if (node.key().first > clock_.boottime()) {
        clock_.advance(node.key().first - clock_.boottime());
      }
      turn_ = read_clock();
      clock_.advance(kWithinTurn);
      node.mapped()(*turn_);
      turn_.reset();
    }
  }
  [[nodiscard]] net::Now read_clock() const { return {clock_.wall(), clock_.boottime()}; }

  static constexpr base::Duration kWithinTurn = base::microseconds(3);

  FakeClock& clock_;
  std::optional<net::Now> turn_;
  std::map<std::pair<base::Duration, net::TimerId>, Task> timers_;
  net::TimerId next_ = 1;
};

}  // namespace idpwatch::fakes
