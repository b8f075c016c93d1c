// Jobs that would run on other threads, one after the other at the scheduler's next turn, or held
// back as if what they read did not answer.
#pragma once

#include "tests/fakes/fake_scheduler.hpp"
#include "watch/background.hpp"

#include <utility>
#include <vector>

namespace idpwatch::fakes {

class FakeBackground final : public watch::Background {
 public:
  explicit FakeBackground(FakeScheduler& scheduler) : scheduler_(scheduler) {}

  void submit(Job job) override {
    if (hangs_) {
      held_.push_back(std::move(job));
    } else {
      run(std::move(job));
    }
  }

  // From now on nothing answers; until it does again, and then all that waited.
  void hang(bool hangs) {
    hangs_ = hangs;
    if (hangs) return;
    for (Job& job : std::exchange(held_, {})) run(std::move(job));
  }

 private:
  void run(Job job) {
    scheduler_.soon([job = std::move(job)](const net::Now&) { job()(); });
  }

  FakeScheduler& scheduler_;
  bool hangs_ = false;
  std::vector<Job> held_;
};

}  // namespace idpwatch::fakes
