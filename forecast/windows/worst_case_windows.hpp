// When valid tokens can be refused at most, by argument rather than by trying: a cache holds a
// state of what was published no longer than until the refresh that must have replaced it, and
// refuses no tokens but those of keys and issuers that this state lacks. What lies outside of these
// bounds cannot happen, wherever fillings of caches, forced refreshes, first signatures and changes
// between two looks fall; what lies inside may be impossible for reasons that are not looked at.
// Pure.
#pragma once

#include "forecast/problem.hpp"
#include "forecast/view.hpp"
#include "forecast/windows/cached_line.hpp"
#include "forecast/windows/schedules.hpp"

#include <memory>
#include <set>
#include <string>
#include <vector>

namespace idpwatch::forecast {

struct Bound {
  std::string rule;
  base::Instant from;                  // also where that lies behind, as long as it goes on
  std::optional<base::Instant> until;  // null: never ends
  std::optional<base::Duration> longest;
  std::string key, kid;           // the newest that may have signed
  std::vector<std::string> also;  // kids of others that may
  std::string url, met;           // by a fetch, which fails
  std::shared_ptr<const validators::Meeting> meeting;
  validators::Answer answer;  // to the first refusal, in the validator's own words
};

struct WorstCaseWindows {
  // At most one for each rule. `restarted`: keys and issuers alone, for of a start there is nothing
  // that is not known.
  std::vector<Bound> running, restarted;
  // Thumbprints of keys about which the authority's nodes disagree: they come and go, and nothing
  // is sure of them.
  std::set<std::string> disagreed;
};

// `world`: with late changes; `line`: of it.
WorstCaseWindows worst_case_windows(const DeploymentView& view, const Signing& signing,
                                    const ObservedWorld& world, const CachedLine& line,
                                    base::Instant now);

}  // namespace idpwatch::forecast
