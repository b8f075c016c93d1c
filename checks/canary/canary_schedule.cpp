#include "checks/canary/canary_schedule.hpp"

#include <algorithm>
#include <cmath>

namespace idpwatch::checks {
namespace {

constexpr base::Duration kUnknownLife = base::minutes(30);
constexpr base::Duration kConfirmAfter = base::seconds(10);
// Of what is left of its life, when the next is fetched: between these.
constexpr double kPartLeast = 0.65, kPartMost = 0.8;
constexpr int kDoublings = 8;

base::Duration part_of(base::Duration whole, double part) {
  return base::Duration(static_cast<std::int64_t>(static_cast<double>(whole.count()) * part));
}

}  // namespace

void CanarySchedule::spend(base::Duration now) {
  const double gained =
      static_cast<double>((now - refilled_at_).count()) / static_cast<double>(kRefill.count());
  budget_ = std::min<double>(kBurst, budget_ + std::max(gained, 0.0)) - 1;
  refilled_at_ = last_ = now;
}

base::Duration CanarySchedule::plan(base::Duration now, base::Duration at) {
  at = std::max({at, last_ + kLeastGap, not_before_});
  // Without budget it waits until there is some again.
  if (budget_ < 1) {
    at = std::max(at, refilled_at_ + base::Duration(static_cast<std::int64_t>(std::ceil(
                                         (1 - budget_) * static_cast<double>(kRefill.count())))));
  }
  next_ = std::min(at, std::max(now + kMostGap, not_before_));
  return next_;
}

base::Duration CanarySchedule::fetched(base::Duration now, std::optional<base::Duration> left) {
  spend(now);
  not_before_ = base::Duration(0);
  const bool confirm = failures_ > 0;
  failures_ = 0;
  const double part = kPartLeast + (kPartMost - kPartLeast) * spread_;
  base::Duration wait = part_of(left.value_or(kUnknownLife), part);
  // After failures one good answer more shows that it is over.
  if (confirm) wait = std::min(wait, kConfirmAfter);
  return plan(now, now + wait);
}

base::Duration CanarySchedule::failed(base::Duration now,
                                      std::optional<base::Duration> retry_after) {
  spend(now);
  const int doublings = std::min(failures_, kDoublings);
  failures_ += 1;
  const base::Duration backoff = std::min(kLeastGap * (1 << doublings), kBackoffMost);
  if (retry_after) not_before_ = now + *retry_after;
  return plan(now, now + backoff + part_of(backoff, 0.2 * spread_));
}

base::Duration CanarySchedule::keys_changed(base::Duration now) {
  // While it fails, the key set is not what it waits for.
  if (failures_ > 0) return next_;
  const base::Duration before = next_;
  next_ = std::min(before, plan(now, now));
  return next_;
}

}  // namespace idpwatch::checks
