// jose (panva/jose) in a Node.js service: createRemoteJWKSet and jwtVerify, every error of which
// the service answers with 401. Profile `jose`.
//
// It keeps the key set for cacheMaxAge, fetches it again in the request that finds it older, and in
// the request that brings an unknown kid unless the last good fetch is younger than
// cooldownDuration. A set that is too old is not used, whatever ails the provider.
#pragma once

#include "validators/core/profile.hpp"
#include "validators/core/profiles.hpp"

#include <vector>

namespace idpwatch::validators {

base::Result<CompiledProfile> compile_jose(const model::ValidatorSettings& settings);
std::vector<ProfileVersion> jose_versions();

}  // namespace idpwatch::validators
