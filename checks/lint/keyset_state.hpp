// What the events of an observation say about the key set as a whole. Pure.
#pragma once

#include "checks/authority_view.hpp"
#include "model/event.hpp"

namespace idpwatch::checks {

// The event of that type in this observation; null when there is none.
const model::Event* find_event(const AuthorityView& view, model::EventType type);

// The set of this good observation has no key (docs/timeline.md: none that can be decoded), and
// this authority once had one.
bool became_empty(const AuthorityView& view);

// Set replaced, but by keys that were known and not withdrawn: the former set is back, so its nodes
// disagree. A new key comes with key.published, one that was confirmed absent with key.returned;
// a signing key with neither was here shortly before.
bool former_set_returned(const AuthorityView& view);

}  // namespace idpwatch::checks
