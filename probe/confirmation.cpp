#include "probe/confirmation.hpp"

#include "probe/schedule.hpp"

#include <algorithm>

namespace idpwatch::probe {

namespace {

constexpr base::Duration kLeastWait = base::seconds(10);
constexpr int kPartOfInterval = 12;
constexpr std::size_t kHostsMax = 4096;

}  // namespace

std::optional<base::Duration> Confirmation::observed(bool good, std::string_view authority,
                                                     base::Duration interval) {
  bad_ = good ? 0 : bad_ + 1;
  good_ = good ? good_ + 1 : 0;
  if (bad_ >= kBadForOutage) down_ = true;
  if (good_ >= kGoodForRecovery) down_ = false;
  const bool open = good ? down_ : bad_ < kBadForOutage;
  if (!open) return std::nullopt;
  const base::Duration step = std::max(kLeastWait, interval / kPartOfInterval);
  const int times = good ? 1 : bad_;
  return step * times + jitter(authority, times, step / 5);
}

double ExtraProbes::left_of(const Spent& spent, base::Duration now) {
  const double hours = std::chrono::duration<double, std::ratio<3600>>(now - spent.as_of).count();
  return std::max(0.0, spent.count - hours * kPerHour);
}

bool ExtraProbes::take(const std::string& host, base::Duration now) {
  if (spent_.size() >= kHostsMax && !spent_.contains(host)) {
    std::erase_if(spent_, [&](const auto& entry) { return left_of(entry.second, now) == 0; });
    if (spent_.size() >= kHostsMax) return false;
  }
  Spent& spent = spent_[host];
  const double count = left_of(spent, now);
  if (count + 1 > kPerHour) return false;
  spent = {count + 1, now};
  return true;
}

}  // namespace idpwatch::probe
