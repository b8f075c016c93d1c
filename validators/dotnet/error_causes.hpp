// The causes behind the codes of Microsoft.IdentityModel, Microsoft.Identity.Web and OpenIddict.
#pragma once

#include "validators/core/simulation.hpp"
#include "validators/dotnet/configuration_manager.hpp"

namespace idpwatch::validators {

// Of a refusal. `unfilled`: why there is no configuration; null: there is one, or none is needed.
void tell_cause(Answer& answer, const FetchFailure* unfilled);

}  // namespace idpwatch::validators
