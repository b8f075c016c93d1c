// What an authority did when it exchanged its signing key, and when it will do so next: from a
// cadence that was learned to be regular, and the rotations behind it.
//
// An assumption about other people's habits, and told as one. Where no canary shows when a
// published key begins to sign, the authority is given credit for the best moment that its overlap
// leaves: so that whoever survives its usual rotation is left alone. Pure.
#pragma once

#include "base/time.hpp"
#include "checks/timeline/rotations.hpp"
#include "forecast/view.hpp"

#include <optional>
#include <vector>

namespace idpwatch::forecast {

struct NextRotation {
  base::Duration cadence{0};
  base::Instant earliest, latest;      // of the next key's publication
  base::Duration overlap{0};           // usual: from there to the first sight without the former
  base::Duration longest_overlap{0};   // of those that were looked at
  std::optional<base::Duration> lead;  // usual: published before it signs; where that was seen
  std::vector<checks::Rotation> past;  // one for each time, the newest first
  std::size_t withdrawn_together = 0;  // keys, the last time
  bool overdue = false;

  // From the publication of the next key until it signs, for tokens that live so long.
  [[nodiscard]] base::Duration signs_after(base::Duration lifetime) const;
};

// nullopt: no regular cadence, no rotation behind it, or one that has broken off.
std::optional<NextRotation> next_rotation(const AuthorityFacts& facts, base::Instant now);

}  // namespace idpwatch::forecast
