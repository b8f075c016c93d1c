// One changed key set against what is known: the events of keys, and what is remembered from now
// on. Absences and the events of the whole set follow from it in key_timeline.cpp.
//
// For .cpp files of checks/timeline only.
#pragma once

#include "base/time.hpp"
#include "checks/timeline/key_timeline.hpp"
#include "checks/timeline/known_keys.hpp"
#include "model/jwk.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace idpwatch::checks {

struct SetChangeInput {
  const std::string& authority;
  base::Instant at;
  base::Instant last_good;   // of the good observation before; `at` for the first
  bool initial;              // the first good observation of this authority
  std::uint64_t generation;  // greater than that of any set before
};

struct SetChangeResult {
  std::vector<KnownKey*> present;  // the keys of the set, by thumbprint
  int absences_ended = 0;          // by reappearance, before they were confirmed
};

// Reads the set into `known` (all but its lists `present` and `absent`) and adds to `step`.
SetChangeResult apply_set(const SetChangeInput& input, const model::KeySet& set, KnownKeys& known,
                          TimelineStep& step);

// Ends the open sightings of a key that is gone; `last` is when it was last seen.
void end_sightings(KnownKey& key, const std::string& authority, base::Instant last,
                   TimelineStep& step);

}  // namespace idpwatch::checks
