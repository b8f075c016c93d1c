// An explanation as the document `idpwatch.explain/v1` (docs/schema/explain.json). Pure.
#pragma once

#include "explain/explanation.hpp"

#include <nlohmann/json_fwd.hpp>

namespace idpwatch::explain {

nlohmann::ordered_json explanation_json(const Explanation& explanation);

// The claims with all values cut but those that a report to share needs: iss, aud, ver, tid, azp,
// exp, nbf, iat, scp, roles.
nlohmann::json redacted_claims(const nlohmann::json& claims);

}  // namespace idpwatch::explain
