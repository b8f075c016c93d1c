// Hand-written sections, those without a schema, as the guides of their providers read them:
// AzureAd (without Microsoft.Identity.Web), Auth0, Jwt and JwtSettings, Keycloak,
// IdentityServer-style ones, OpenIddict's, and any other section that names an authority.
//
// Pure. What is read literally here is what the tutorials' code does
// (docs/stories.md); reading.hpp decides what may be assumed beyond.
#pragma once

#include "deployed/core/deployed_validator.hpp"
#include "deployed/dotnet/configuration.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::deployed {

// Authority, else {Instance}{TenantId}/v2.0, glued as text; Audience, else ClientId.
[[nodiscard]] DeployedValidator read_azure_ad_guide(const Configuration& configuration,
                                                    const std::string& section);
// https://{Domain}/ and Audience.
[[nodiscard]] DeployedValidator read_auth0(const Configuration& configuration,
                                           const std::string& section);
// Authority, Audience, ValidIssuer = Issuer, a shared secret Key or Secret, RequireHttpsMetadata.
[[nodiscard]] DeployedValidator read_jwt(const Configuration& configuration,
                                         const std::string& section);
// {auth-server-url}/realms/{realm} as Keycloak.AuthServices reads its adapter format, or Authority.
[[nodiscard]] DeployedValidator read_keycloak(const Configuration& configuration,
                                              const std::string& section);
// Any other section: the properties of JwtBearerOptions, and the usual other names for them.
[[nodiscard]] DeployedValidator read_authority_section(const Configuration& configuration,
                                                       const std::string& section);

// Paths of sections, at most four deep, that name an authority or metadata address by URL, in the
// order of the tree, not those of other readers: those that judge tokens of callers, and those of
// interactive sign-ins and of clients.
struct AuthoritySections {
  std::vector<std::string> validators, clients;
};
[[nodiscard]] AuthoritySections find_authority_sections(const Configuration& configuration);

}  // namespace idpwatch::deployed
