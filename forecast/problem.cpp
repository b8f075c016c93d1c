#include "forecast/problem.hpp"

namespace idpwatch::forecast {

namespace {

using model::Certainty;
using model::Severity;

constexpr base::Duration kSoon = base::hours(1);
constexpr base::Duration kToday = base::hours(24);

}  // namespace

Severity severity_of(const Problem& problem, base::Instant now, bool start_alone) {
  if (problem.slight && !start_alone) return Severity::kInfo;
  if ((problem.condition == model::Condition::kRestarted && !start_alone) ||
      problem.certainty == Certainty::kPossible || !problem.likely_by) {
    return Severity::kWarning;
  }
  const base::Instant by = *problem.likely_by;
  const base::Duration ahead = problem.certainty == Certainty::kCertain ? kSoon : base::Duration(0);
  if (by <= now + ahead) return Severity::kCritical;
  return by <= now + kToday ? Severity::kError : Severity::kWarning;
}

void limit_certainty(Problem& problem, bool reaching) {
  if (problem.meeting && problem.meeting->possible) {
    problem.certainty = Certainty::kPossible;
    problem.likely_by.reset();
  } else if ((reaching || problem.meeting) && problem.certainty == Certainty::kCertain) {
    problem.certainty = Certainty::kLikely;
  } else {
    return;
  }
  problem.window.latest.reset();
}

std::optional<base::Instant> next_change(const Problem& problem, base::Instant now) {
  std::optional<base::Instant> next;
  const auto consider = [&](std::optional<base::Instant> at, base::Duration before) {
    if (!at || *at - before <= now) return;
    if (!next || *at - before < *next) next = *at - before;
  };
  for (const base::Duration before : {base::Duration(0), kSoon, kToday}) {
    consider(problem.likely_by, before);
  }
  consider(problem.window.earliest, base::Duration(0));
  consider(problem.window.until, base::Duration(0));
  return next;
}

}  // namespace idpwatch::forecast
