// The rules `issuer-mismatch`, `issuer-changed` and `jwks-uri-changed`. Pure.
#pragma once

#include "checks/authority_view.hpp"

#include <optional>

namespace idpwatch::checks {

// Compared by code points, without normalisation of any kind (discovery lint rules ISS-03 to -05).
model::CheckResult check_issuer(const AuthorityView& view, base::Instant now);
// nullopt: no such event.
std::optional<model::CheckResult> check_issuer_changed(const AuthorityView& view,
                                                       base::Instant now);
std::optional<model::CheckResult> check_jwks_uri_changed(const AuthorityView& view,
                                                         base::Instant now);

}  // namespace idpwatch::checks
