// When a canary's next token is fetched: ahead of the expiry of the one in hand, later and later
// after failures, soon when the key set changed, and never more often than a bound. Pure: boot time
// in, boot time out.
#pragma once

#include "base/time.hpp"

#include <optional>
#include <string>
#include <utility>

namespace idpwatch::checks {

class CanarySchedule {
 public:
  // `spread`: a number of its own in [0, 1), so that many canaries do not ask at one instant.
  explicit CanarySchedule(double spread) : spread_(spread) {}

  // Each gives the instant of the next fetch.
  // `left`: until the token ends; nullopt: it does not say.
  base::Duration fetched(base::Duration now, std::optional<base::Duration> left);
  base::Duration failed(base::Duration now, std::optional<base::Duration> retry_after);
  // The authority publishes other keys: which one signs now?
  base::Duration keys_changed(base::Duration now);
  [[nodiscard]] base::Duration next() const { return next_; }
  [[nodiscard]] int failures() const { return failures_; }

  static constexpr base::Duration kLeastGap = base::seconds(5);
  static constexpr base::Duration kMostGap = base::hours(12);
  static constexpr int kBurst = 30;                            // fetches in hand
  static constexpr base::Duration kRefill = base::minutes(2);  // one more each
  static constexpr base::Duration kBackoffMost = base::minutes(15);

 private:
  base::Duration plan(base::Duration now, base::Duration at);
  void spend(base::Duration now);

  double spread_;
  int failures_ = 0;
  double budget_ = kBurst;
  base::Duration refilled_at_{0}, last_{0}, next_{0}, not_before_{0};
};

}  // namespace idpwatch::checks
