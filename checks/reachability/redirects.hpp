// The rules `redirect-loop` and `redirect-downgrade`, each instead of authority-unreachable. Pure.
#pragma once

#include "checks/authority_view.hpp"

#include <vector>

namespace idpwatch::checks {
std::vector<model::CheckResult> check_redirects(const AuthorityView& view, base::Instant now);
}  // namespace idpwatch::checks
