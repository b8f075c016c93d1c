// At most so many in a stretch of time; who comes too early is told when to come again. One thread.
#pragma once

#include "base/time.hpp"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <optional>

namespace idpwatch::daemon {

class RateLimit {
 public:
  RateLimit(std::size_t most, base::Duration within) : most_(most), within_(within) {}

  // nullopt: it may, and is counted. Else how long to wait.
  std::optional<base::Duration> take(base::Duration now) {
    while (!taken_.empty() && now - taken_.front() >= within_) taken_.pop_front();
    if (taken_.size() >= most_) return taken_.front() + within_ - now;
    taken_.push_back(now);
    return std::nullopt;
  }

 private:
  const std::size_t most_;
  const base::Duration within_;
  std::deque<base::Duration> taken_;
};

}  // namespace idpwatch::daemon
