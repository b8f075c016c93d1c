// The rules of the key set over time: `keyset-empty`, `keyset-replaced`, `keyset-inconsistent`,
// `key-material-changed`. They turn the timeline's events into findings. Pure.
#pragma once

#include "checks/authority_view.hpp"

#include <optional>

namespace idpwatch::checks {

model::CheckResult check_keyset_empty(const AuthorityView& view, base::Instant now);
// nullopt: nothing to say. Good when the former set is back: it was no replacement.
std::optional<model::CheckResult> check_keyset_replaced(const AuthorityView& view,
                                                        base::Instant now);
// Unknown unless the key set was good: calm is counted over good observations.
model::CheckResult check_keyset_inconsistent(const AuthorityView& view, base::Instant now);
std::optional<model::CheckResult> check_key_material(const AuthorityView& view, base::Instant now);

}  // namespace idpwatch::checks
