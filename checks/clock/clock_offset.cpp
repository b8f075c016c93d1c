#include "checks/clock/clock_offset.hpp"

#include "base/text.hpp"
#include "checks/check_texts.hpp"

#include <algorithm>
#include <cmath>

namespace idpwatch::checks {

namespace {

constexpr std::string_view kRule = "clock-offset";
constexpr int kOpenPercent = 80, kClosePercent = 60;
// Of clock.warn, which opens as it stands: the same distance between opening and closing.
constexpr int kWarnClosePercent = 75;
// For validators that forgive nothing: below this an offset is noise of two good clocks.
constexpr base::Duration kLeastThreshold = base::milliseconds(100);

struct Thresholds {
  base::Duration open, close;
};

Thresholds thresholds(const ClockView& view) {
  const auto at_least = [](base::Duration value) { return std::max(value, kLeastThreshold); };
  if (!view.tolerance) return {view.warn, view.warn * kWarnClosePercent / 100};
  const base::Duration open = at_least(*view.tolerance * kOpenPercent / 100);
  return {open, std::min(at_least(*view.tolerance * kClosePercent / 100),
                         open * kClosePercent / kOpenPercent)};
}

// Digits after the point that an interval of this width warrants.
int digits(const ClockInterval& interval) {
  const std::optional<base::Duration> width = interval.width();
  if (!width || *width >= base::milliseconds(200)) return 1;
  return *width >= base::milliseconds(20) ? 2 : 3;
}

double scaled(base::Duration value, int digits) {
  return static_cast<double>(value.count()) / 1e6 * std::pow(10.0, digits);
}

std::string rounded_down(base::Duration value, int digits) {
  return decimals(std::floor(scaled(value, digits)) / std::pow(10.0, digits), digits);
}

std::string rounded_up(base::Duration value, int digits) {
  return decimals(std::ceil(scaled(value, digits)) / std::pow(10.0, digits), digits);
}

std::string_view evidence_meaning(DateClass value) {
  switch (value) {
    case DateClass::kFresh:
      return "B: fresh answers of an unknown server";
    case DateClass::kAged:
      return "C: cached answers, corrected by their Age";
    case DateClass::kSuspected:
      break;
  }
  return "D: answers that may be cached; proves only how far the local clock is behind";
}

std::string remedy(base::Duration proven, const std::string& here, const std::string& host) {
  const std::string start =
      "Check the time service of " + here +
      " (`timedatectl timesync-status` or `chronyc tracking`) and compare with "
      "other authorities: if they agree with " +
      here + ", the clock of " + host + " is the wrong one. ";
  return start +
         (proven.count() > 0
              ? "While the local clock is behind, fresh tokens are refused as not yet valid."
              : "While the local clock is ahead, tokens are refused as expired before "
                "their time.");
}

model::Subject subject_of(const ClockView& view) {
  return {.authority = std::string(view.authority),
          .deployment = {},
          .host = std::string(view.instance)};
}

model::Finding finding(const ClockView& view, const ClockInterval& interval, base::Instant now) {
  const base::Duration proven = interval.proven();
  const std::string host = host_of(view.issuer);
  model::Finding out;
  out.rule = kRule;
  out.subject = subject_of(view);
  out.vantage = view.instance;
  out.first_seen = out.last_seen = now;
  const bool beyond = view.tolerance && std::chrono::abs(proven) > *view.tolerance;
  out.severity = beyond ? model::Severity::kError : model::Severity::kWarning;
  out.summary = describe_offset(interval, host);
  if (view.tolerance) {
    out.summary += beyond ? ", more than the " : ", near the ";
    out.summary += base::describe_duration(*view.tolerance) + " that its validators forgive";
  }
  out.evidence.push_back({.fact = "offset (" + host + " minus local)",
                          .value = describe_interval(interval),
                          .source = shown_url(view.source)});
  out.evidence.push_back({.fact = "rests on",
                          .value = std::string(evidence_meaning(interval.evidence)) + ", " +
                                   counted(static_cast<std::size_t>(interval.samples), "answer"),
                          .source = shown_url(view.source)});
  out.evidence.push_back(
      {.fact = view.tolerance ? "smallest tolerance of its validators" : "clock.warn",
       .value = base::describe_duration(view.tolerance.value_or(view.warn)),
       .source = {}});
  out.remedy = remedy(proven, base::printable(view.instance), host);
  return out;
}

}  // namespace

model::Health clock_health(const ClockView& view) {
  if (!view.interval) return model::Health::kUnknown;
  const base::Duration proven = std::chrono::abs(view.interval->proven());
  const auto [open, close] = thresholds(view);
  if (proven > open) return model::Health::kFailing;
  return proven < close || proven.count() == 0 ? model::Health::kPassing : model::Health::kUnknown;
}

model::CheckResult judge_clock(const ClockView& view, base::Instant now) {
  const model::Health health = clock_health(view);
  if (health == model::Health::kFailing) {
    return model::CheckResult::bad(finding(view, *view.interval, now));
  }
  const auto say =
      health == model::Health::kPassing ? &model::CheckResult::good : &model::CheckResult::unknown;
  return say(kRule, subject_of(view));
}

std::string describe_offset(const ClockInterval& interval, std::string_view host) {
  const base::Duration proven = interval.proven();
  const std::string name = base::printable(host);
  if (proven.count() == 0) {
    return interval.hi ? "local clock agrees with " + name + " within measurement accuracy"
                       : "local clock is not known to be behind " + name;
  }
  return "local clock is at least " + rounded_down(std::chrono::abs(proven), digits(interval)) +
         " s " + (proven.count() > 0 ? "behind " : "ahead of ") + name;
}

std::string describe_interval(const ClockInterval& interval) {
  const int places = digits(interval);
  const std::string lo = rounded_down(interval.lo, places);
  if (!interval.hi) return lo + " s or more";
  return lo + " .. " + rounded_up(*interval.hi, places) + " s";
}

double lo_seconds(const ClockInterval& interval) {
  return std::floor(scaled(interval.lo, 3)) / 1e3;
}

std::optional<double> hi_seconds(const ClockInterval& interval) {
  if (!interval.hi) return std::nullopt;
  return std::ceil(scaled(*interval.hi, 3)) / 1e3;
}

}  // namespace idpwatch::checks
