// Until when a cache can hold which state: until the automatic refresh, or the one that refused
// tokens force, must have replaced it. The worst of all fillings, jitters and forced refreshes.
// Pure.
#pragma once

#include "forecast/cached_line.hpp"
#include "forecast/forced_refresh.hpp"

#include <optional>
#include <vector>

namespace idpwatch::forecast {

// Of every state of the line: from the first instant at which a cache may hold it to the last.
using HeldStates = std::vector<std::optional<Span>>;

// `start` of the process; null: any time before now; min(): before all that is looked at.
HeldStates held_states(const DeploymentView& view, const Signing& signing, const CachedLine& line,
                       const ForcedRefresh& forces, std::optional<base::Instant> start,
                       base::Instant now);

// The key by that very name.
bool holds(const CachedState& state, const model::Jwk& key);
bool is_usable(const model::Jwk& key, const Signing& signing);
// Some key of it signs tokens for this service.
bool can_issue(const CachedState& state, const Signing& signing);

// Whether a token of that key, issued in that state, surely makes a cache of the other one fetch.
bool forces_fetch(const CachedState& cached, const CachedState& issued, const model::Jwk& key,
                  const ForcedRefresh& forces);

}  // namespace idpwatch::forecast
