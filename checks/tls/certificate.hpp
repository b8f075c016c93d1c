// The rules `tls-invalid` (the certificate is refused, instead of authority-unreachable) and
// `tls-expiring` (days left below tls.info, tls.warning, tls.error). Pure.
#pragma once

#include "checks/authority_view.hpp"

namespace idpwatch::checks {
model::CheckResult check_tls_invalid(const AuthorityView& view, base::Instant now);
model::CheckResult check_tls_expiring(const AuthorityView& view, base::Instant now);
}  // namespace idpwatch::checks
