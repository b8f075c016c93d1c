// What is said of tokens of Microsoft Entra ID; sentences. Pure.
#pragma once

#include <string>

namespace idpwatch::checks {

// Neither scp nor roles, for an API: `audience` is its identifier, in quotes.
std::string api_without_permissions(const std::string& audience);
// The same for a bare id: what tells an ID token from an access token.
std::string marks_of_id_tokens();
// Why only `resource` verifies a token with a nonce in its header.
std::string signed_over_hashed_nonce(const std::string& resource);

}  // namespace idpwatch::checks
