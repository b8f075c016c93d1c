#include "watch/loop_lag.hpp"

#include <algorithm>

namespace idpwatch::watch {

namespace {

// A probe may take minutes; what ended before is asked for by nobody.
constexpr base::Duration kRemembered = base::minutes(15);

}  // namespace

void LoopLag::ran(base::Duration due, base::Duration now) {
  if (now - due < kNoticed) return;
  Stretch next{due, now};
  // Timers that waited together: one stretch.
  while (!stretches_.empty() && stretches_.back().to >= next.from) {
    next.from = std::min(next.from, stretches_.back().from);
    next.to = std::max(next.to, stretches_.back().to);
    stretches_.pop_back();
  }
  stretches_.push_back(next);
  while (stretches_.size() > kStretchesMax || stretches_.front().to < now - kRemembered) {
    stretches_.pop_front();
  }
}

LoopLag::Lost LoopLag::lost_in(base::Duration from, base::Duration to, base::Duration least) const {
  Lost out;
  const auto add = [&](const Stretch& stretch) {
    if (stretch.to - stretch.from < least) return;
    const base::Duration overlap = std::min(stretch.to, to) - std::max(stretch.from, from);
    if (overlap <= base::Duration(0)) return;
    out.sum += overlap;
    out.longest = std::max(out.longest, overlap);
  };
  for (const Stretch& stretch : stretches_) add(stretch);
  if (!expected_) return out;
  const base::Duration known = stretches_.empty() ? *expected_ : stretches_.back().to;
  add({std::max(*expected_, known), to});
  return out;
}

LoopLag::Lost LoopLag::lost(base::Duration from, base::Duration to) const {
  return lost_in(from, to, kNoticed);
}

bool LoopLag::distorts(base::Duration from, base::Duration to) const {
  return lost(from, to).sum >= kNoticed;
}

bool LoopLag::excuses(base::Duration from, base::Duration to) const {
  const Lost lost = this->lost(from, to);
  return lost.longest >= kLong || (lost.sum >= kNoticed && lost.sum * 2 >= to - from);
}

void LoopLag::judge(base::Duration now) {
  if (late_ && calm(now)) {
    late_.reset();
    return;
  }
  const base::Duration sum = lost_in(now - kOpensWithin, now, kLong).sum;
  if (sum < kOpensAfter) return;
  if (!late_) late_ = Lost{};
  late_->sum = std::max(late_->sum, sum);
  for (const Stretch& stretch : stretches_) {
    if (stretch.to < now - kOpensWithin) continue;
    late_->longest = std::max(late_->longest, stretch.to - stretch.from);
  }
}

bool LoopLag::calm(base::Duration now) const {
  return now - started_ >= kClosesWithin && lost_in(now - kClosesWithin, now, kLong).sum < kLong;
}

}  // namespace idpwatch::watch
