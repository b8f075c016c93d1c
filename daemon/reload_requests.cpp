#include "daemon/reload_requests.hpp"

#include <algorithm>

namespace idpwatch::daemon {

namespace {
constexpr base::Duration kApart = base::seconds(1);
}

void ReloadRequests::request() {
  wanted_ = true;
  if (!running_ && timer_ == 0) plan();
}

void ReloadRequests::done() {
  running_ = false;
  if (wanted_ && timer_ == 0) plan();
}

void ReloadRequests::plan() {
  timer_ = scheduler_.at(std::max(scheduler_.now().boottime, next_), [this](const net::Now& now) {
    timer_ = 0;
    wanted_ = false;
    running_ = true;
    next_ = now.boottime + kApart;
    begin_();
  });
}

}  // namespace idpwatch::daemon
