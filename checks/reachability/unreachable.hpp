// The rule `authority-unreachable`: no good answer for the discovery document or the key set. Says
// which, in which phase, what was tried, since when, and what still works.
//
// Certificates and redirects have their own rules (tls-invalid, redirect-loop, redirect-downgrade)
// instead: the hosts are reached then, and this rule is good. Pure.
#pragma once

#include "checks/authority_view.hpp"

namespace idpwatch::checks {
model::CheckResult check_unreachable(const AuthorityView& view, base::Instant now);
}  // namespace idpwatch::checks
