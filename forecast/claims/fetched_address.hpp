// An address that a service fetches and that fails it: whose it is, and what can be done about it.
// Pure.
#pragma once

#include "forecast/problem.hpp"
#include "forecast/view.hpp"

#include <string>

namespace idpwatch::forecast {

// "https://id/keys answers 503", "the document at https://id/... names https://id/keys as its
// jwks_uri, which refuses connections", "https://id/keys works again since ...".
std::string fetch_cause(const Problem& problem, const DeploymentView& view, base::Instant now);

// What to check or change, first the file or document that names the address.
std::string fetch_remedy(const Problem& problem, const DeploymentView& view);

// The line of the deployed file that leads to the authority; empty when there is none.
std::string place_of_authority(const model::ValidatorSettings& settings);

}  // namespace idpwatch::forecast
