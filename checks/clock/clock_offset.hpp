// The rule `clock-offset`: the local clock and an authority's differ by more than its validators
// forgive. Only what is proven counts: the near end of the interval.
//
// Says nothing about whose clock is wrong: tokens fail either way. Pure.
#pragma once

#include "base/time.hpp"
#include "checks/clock/clock_estimator.hpp"
#include "model/rules.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace idpwatch::checks {

// Of texts that are someone else's.
struct ClockView {
  std::string_view authority;  // its name
  std::string_view issuer;
  std::string_view source;                  // URL of the answers that were read
  std::string_view instance;                // this host, and the vantage
  std::optional<ClockInterval> interval;    // nullopt: nothing is known
  std::optional<base::Duration> tolerance;  // the smallest of the authority's validators
  base::Duration warn = base::seconds(1);   // clock.warn: where no validator says more
};

// Opens over 80 % of the tolerance, closes under 60 %, unknown in between.
model::Health clock_health(const ClockView& view);
// That, said in full. Subject: this host and the authority.
model::CheckResult judge_clock(const ClockView& view, base::Instant now);

// "local clock is at least 3.2 s ahead of login.example.com": the near end, rounded towards zero,
// with no more digits than the width of the interval warrants.
std::string describe_offset(const ClockInterval& interval, std::string_view host);
// "-3.25 .. -2.19 s", rounded outwards.
std::string describe_interval(const ClockInterval& interval);

// For JSON: seconds rounded outwards to milliseconds, so that the interval still holds the truth.
double lo_seconds(const ClockInterval& interval);
std::optional<double> hi_seconds(const ClockInterval& interval);

}  // namespace idpwatch::checks
