#include "checks/token/entra_texts.hpp"

namespace idpwatch::checks {

std::string api_without_permissions(const std::string& audience) {
  return "It has neither scp nor roles, but it is not an ID token: aud " + audience +
         " names an API, and an ID token's aud is the client's own id. No scope and no app role of "
         "that API was granted.";
}

std::string marks_of_id_tokens() {
  return "What tells them apart: an ID token's aud is the client's own id and it often has a "
         "nonce; "
         "an access token has azp (v2.0) or appid (v1.0), and one of an application may have "
         "idtyp: "
         "app. This one has a bare id in aud and none of the others.";
}

std::string signed_over_hashed_nonce(const std::string& resource) {
  return "Its header holds a nonce, and the signature covers a header in which that nonce is "
         "replaced by its SHA-256: only " +
         resource + " verifies such a token. The key is right and nothing is broken.";
}

}  // namespace idpwatch::checks
