// Microsoft.Identity.Web around JwtBearer: profile `microsoft-identity-web`. Entra ID alone: tenant
// and version of the issuer, the signing key's own issuer, the client id as audience, scopes.
#pragma once

#include "validators/core/profile.hpp"

namespace idpwatch::validators {

base::Result<CompiledProfile> compile_identity_web(const model::ValidatorSettings& settings);

}  // namespace idpwatch::validators
