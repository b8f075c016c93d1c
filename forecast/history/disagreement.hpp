// Nodes of one authority that disagree: keys that come and go while others stay away, as in
// keyset.inconsistent (docs/timeline.md). What such an authority serves next is any of it. Pure.
#pragma once

#include "forecast/windows/cached_line.hpp"
#include "forecast/windows/state_kinds.hpp"

#include <cstddef>
#include <unordered_set>

namespace idpwatch::forecast {

struct Disagreement {
  std::unordered_set<std::size_t> labels;  // of keys, as StateKinds numbers them
  std::size_t since = 0;  // the last state before one of them was gone for the first time

  [[nodiscard]] bool about(const StateKinds::Key& key) const { return labels.contains(key.label); }
  [[nodiscard]] bool any() const { return !labels.empty(); }
};

// Empty when all of them have been calm for twenty looks.
Disagreement disagreement(const CachedLine& line, const StateKinds& kinds, base::Instant now);

}  // namespace idpwatch::forecast
