// The rules `discovery-invalid`, `keys-invalid` and `lint-JWKS-03`: what was answered is not what
// it must be. Unknown while it is not answered at all: that is authority-unreachable's. Pure.
#pragma once

#include "checks/authority_view.hpp"
#include "model/jwk.hpp"

#include <string_view>

namespace idpwatch::checks {

model::CheckResult check_discovery_document(const AuthorityView& view, base::Instant now);
model::CheckResult check_keys(const AuthorityView& view, base::Instant now);
// Discovery lint rule JWKS-03: private or symmetric key material is published. Judged on redacted
// material; the values are never shown.
model::CheckResult check_secrets(const AuthorityView& view, base::Instant now);

}  // namespace idpwatch::checks
