// What access tokens of well-known products lack, where nobody says what these are like. Pure.
#pragma once

#include "model/discovery.hpp"

namespace idpwatch::model {

// Their tokens have no `nbf`: Keycloak (from 3 on it is left out when it is 0), Auth0, Okta, Amazon
// Cognito, Google. Microsoft Entra ID, AD FS, Duende IdentityServer and OpenIddict write it. A
// custom claim may add it, so this is no proof.
[[nodiscard]] bool usually_omits_not_before(const Discovery& document);

}  // namespace idpwatch::model
