#include "checks/clock/clock_rate.hpp"

#include <algorithm>
#include <limits>

namespace idpwatch::checks {

namespace {

// Half a dozen hours: a step somewhere among so many fits no line, where one between few would look
// like a drift.
constexpr std::size_t kSamplesMin = 12;

double seconds_of(base::Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

void ClockRate::add(base::Duration boottime, base::Duration lo, base::Duration hi) {
  if (!samples_.empty() && boottime < samples_.back().at) samples_.clear();  // another boot
  if (!samples_.empty() && boottime < samples_.back().at + kSpacing) return;
  samples_.push_back({boottime, lo, hi});
  if (samples_.size() > kSamplesMax) samples_.erase(samples_.begin());
  bounds_ = fit();
  if (bounds_ && bounds_->lo > bounds_->hi) {
    samples_.erase(samples_.begin(), samples_.end() - 1);
    bounds_.reset();
  }
}

std::optional<RateBounds> ClockRate::fit() const {
  if (samples_.size() < kSamplesMin) return std::nullopt;
  RateBounds bounds{-std::numeric_limits<double>::infinity(),
                    std::numeric_limits<double>::infinity()};
  for (std::size_t j = 1; j < samples_.size(); ++j) {
    for (std::size_t i = 0; i < j; ++i) {
      const double passed = seconds_of(samples_[j].at - samples_[i].at);
      bounds.lo = std::max(bounds.lo, seconds_of(samples_[j].lo - samples_[i].hi) / passed);
      bounds.hi = std::min(bounds.hi, seconds_of(samples_[j].hi - samples_[i].lo) / passed);
    }
  }
  return bounds;
}

}  // namespace idpwatch::checks
