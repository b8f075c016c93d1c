// A Node.js service that uses express-oauth2-jwt-bearer, which reads its settings from variables by
// itself (ISSUER_BASE_URL, AUDIENCE, ...), and its package lock, which tells the version. Pure.
// Source: auth0/node-oauth2-jwt-bearer, packages/access-token-jwt/src/jwt-verifier.ts.
#pragma once

#include "base/result.hpp"
#include "deployed/core/stacks.hpp"

namespace idpwatch::deployed {

[[nodiscard]] Claim claims_node(const DeployedFile& file);
[[nodiscard]] bool claims_node_environment(const Environment& environment);
[[nodiscard]] base::Result<DeployedReading> read_node(const StackFiles& files);

}  // namespace idpwatch::deployed
