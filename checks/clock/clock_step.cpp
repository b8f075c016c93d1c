#include "checks/clock/clock_step.hpp"

#include "base/json.hpp"
#include "base/text.hpp"
#include "checks/check_texts.hpp"

#include <nlohmann/json.hpp>

namespace idpwatch::checks {

std::optional<base::Duration> ClockStepDetector::turn(base::Instant wall, base::Duration boottime) {
  const base::Duration difference = wall.time_since_epoch() - boottime;
  if (!wall_minus_boottime_) {
    wall_minus_boottime_ = difference;
    return std::nullopt;
  }
  const base::Duration step = difference - *wall_minus_boottime_;
  if (std::chrono::abs(step) <= threshold_) return std::nullopt;
  wall_minus_boottime_ = difference;
  return step;
}

model::Event clock_step_event(base::Duration step, base::Instant now) {
  model::Event event;
  event.type = model::EventType::kClockStep;
  event.at = now;
  event.new_value = base::canonical_json(base::Json{{"step_us", step.count()}});
  return event;
}

model::CheckResult judge_clock_step(base::Duration step, const std::string& instance,
                                    base::Instant now) {
  const std::string here = base::printable(instance);
  const std::string size =
      decimals(static_cast<double>(std::chrono::abs(step).count()) / 1e6, 3) + " s";
  const std::string way = step.count() > 0 ? "forward" : "back";
  model::Finding finding;
  finding.rule = "clock-stepped";
  finding.severity = model::Severity::kInfo;
  finding.subject = {.authority = {}, .deployment = {}, .host = instance};
  finding.vantage = instance;
  finding.first_seen = finding.last_seen = now;
  finding.summary = "the clock of " + here + " was set " + size + " " + way;
  finding.evidence.push_back({.fact = "step", .value = size + " " + way, .source = {}});
  finding.evidence.push_back(
      {.fact = "local time after it", .value = shown_time(now), .source = {}});
  finding.remedy =
      "Expected after boot, resume, or a first synchronisation. If it comes again, see which time "
      "service steps the clock of " +
      here +
      ": every step past a validator's tolerance refuses "
      "tokens that are in use.";
  return model::CheckResult::bad(std::move(finding));
}

}  // namespace idpwatch::checks
