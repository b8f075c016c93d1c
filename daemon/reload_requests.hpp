// When a reload begins: one at a time, at most one a second, and never is the last request lost:
// whoever asks while one is under way gets another one after it. Loop thread only.
#pragma once

#include "net/scheduler.hpp"

#include <functional>
#include <utility>

namespace idpwatch::daemon {

class ReloadRequests {
 public:
  // `begin` is called when a reload is to begin, and never from within request() or done().
  ReloadRequests(net::Scheduler& scheduler, std::function<void()> begin)
      : scheduler_(scheduler), begin_(std::move(begin)) {}
  ~ReloadRequests() { scheduler_.cancel(timer_); }
  ReloadRequests(const ReloadRequests&) = delete;
  ReloadRequests& operator=(const ReloadRequests&) = delete;

  void request();
  // The one that was begun is over.
  void done();

 private:
  void plan();

  net::Scheduler& scheduler_;
  std::function<void()> begin_;
  net::TimerId timer_ = 0;
  bool wanted_ = false, running_ = false;
  base::Duration next_{0};  // not before
};

}  // namespace idpwatch::daemon
