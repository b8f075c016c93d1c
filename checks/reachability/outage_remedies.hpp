// What a person does next about an authority that does not answer, by kind of failure. Pure.
#pragma once

#include "checks/authority_view.hpp"
#include "model/observation.hpp"

#include <string>

namespace idpwatch::checks {
std::string unreachable_remedy(const AuthorityView& view, const model::Fetch& fetch);
}  // namespace idpwatch::checks
