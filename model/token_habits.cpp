#include "model/token_habits.hpp"

#include "base/url.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace idpwatch::model {

bool usually_omits_not_before(const Discovery& document) {
  const auto keys = base::parse_url(document.jwks_uri.value_or(""));
  // Keycloak, whatever its host and its path before the realm are called.
  if (keys && keys->path.ends_with("/protocol/openid-connect/certs")) return true;
  const auto issuer = base::parse_url(document.issuer.value_or(""));
  if (!issuer) return false;
  constexpr std::array<std::string_view, 4> kZones = {".auth0.com", ".okta.com", ".oktapreview.com",
                                                      ".okta-emea.com"};
  const std::string& host = issuer->host;
  return host == "accounts.google.com" || host.starts_with("cognito-idp.") ||
         std::any_of(kZones.begin(), kZones.end(),
                     [&](std::string_view zone) { return host.ends_with(zone); });
}

}  // namespace idpwatch::model
