#include "forecast/history/disagreement.hpp"

#include <algorithm>
#include <unordered_map>

namespace idpwatch::forecast {

namespace {

using base::Duration;
using base::Instant;

constexpr int kReturns = 2;     // absences that ended with the key's return
constexpr int kCalmLooks = 20;  // after which nothing is said of it any more
constexpr Duration kCalmLeast = base::minutes(20);

struct Life {
  int returns = 0;
  std::size_t last_in = 0;      // state
  std::size_t before_gone = 0;  // the one before its first absence
  std::size_t changed = 0;      // it came or went
};

// The time of twenty looks, by the one that saw the change.
Duration calm_after(const CachedState& changed) {
  return std::max(kCalmLeast, kCalmLooks * (changed.late - changed.early));
}

}  // namespace

Disagreement disagreement(const CachedLine& line, const StateKinds& kinds, Instant now) {
  std::unordered_map<std::size_t, Life> lives;
  const std::size_t count = line.states.size();
  for (std::size_t i = 0; i < count; ++i) {
    for (const StateKinds::Key& key : kinds.keys(kinds.of(i))) {
      const auto [entry, first] = lives.try_emplace(key.label);
      Life& life = entry->second;
      if (!first && life.last_in + 1 < i) {
        if (life.returns == 0) life.before_gone = life.last_in;
        ++life.returns;
        life.changed = i;
      }
      life.last_in = i;
    }
  }
  Disagreement found;
  found.since = count;
  for (const auto& [label, life] : lives) {
    if (life.returns < kReturns) continue;
    const std::size_t changed = life.last_in + 1 < count ? life.last_in + 1 : life.changed;
    if (line.states[changed].late + calm_after(line.states[changed]) < now) continue;
    found.labels.insert(label);
    found.since = std::min(found.since, life.before_gone);
  }
  return found;
}

}  // namespace idpwatch::forecast
