// What a real token says of other keys: while it shows that one key signs, they do not. Pure.
#pragma once

#include "forecast/view.hpp"
#include "forecast/windows/cached_line.hpp"

namespace idpwatch::forecast {

// Narrows `valid`, when tokens of `key` may be valid that were issued from `first` to the end of
// `last`. False: none is valid at `now` or later.
bool narrow_to_pin(const DeploymentView& view, const model::Jwk& key, const CachedState& first,
                   const CachedState& last, base::Instant now, Span& valid);

}  // namespace idpwatch::forecast
