// express-oauth2-jwt-bearer (auth0/node-oauth2-jwt-bearer) in an Express service: discovery with
// the first request, keys by jose 4, then its own checks of the claims. Every failure, also of the
// network, is a 401. Profile `express-oauth2-jwt-bearer`.
//
// Sources: packages 1.6.1 and 1.10.0 (access-token-jwt: discovery, get-key-fn, jwt-verifier,
// validate; oauth2-bearer: get-token, errors); recordings of both.
#pragma once

#include "validators/core/profile.hpp"
#include "validators/core/profiles.hpp"

#include <vector>

namespace idpwatch::validators {

base::Result<CompiledProfile> compile_express_bearer(const model::ValidatorSettings& settings);
std::vector<ProfileVersion> express_bearer_versions();

}  // namespace idpwatch::validators
