#include "forecast/windows/pinned_signer.hpp"

#include <algorithm>

namespace idpwatch::forecast {

bool narrow_to_pin(const DeploymentView& view, const model::Jwk& key, const CachedState& first,
                   const CachedState& last, base::Instant now, Span& valid) {
  const auto& pin = view.signer;
  if (!pin || key.kid == pin->kid) return true;
  const auto& keys = first.published.keys;
  const bool publishes = std::any_of(keys.begin(), keys.end(),
                                     [&](const model::Jwk& one) { return one.kid == pin->kid; });
  if (!publishes) return true;
  const bool before = first.early < pin->since;
  const bool later = last.late_end > pin->until;
  if (!before && later) valid.from = std::max(valid.from, pin->until);
  if (before && !later) valid.to = std::min(valid.to, after(pin->since, view.tokens.lifetime));
  return (before || later) && valid.to > now;
}

}  // namespace idpwatch::forecast
