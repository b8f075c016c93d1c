// Section AzureAd (AzureAdB2C) as Microsoft.Identity.Web reads it: AddMicrosoftIdentityWebApi binds
// it to MicrosoftIdentityOptions and to JwtBearerOptions, and makes the authority of Instance and
// TenantId.
//
// Pure. Source: AzureAD/microsoft-identity-web, AuthorityHelpers.cs, MergedOptionsValidation.cs,
// WebApiExtensions.
#pragma once

#include "deployed/core/deployed_validator.hpp"
#include "deployed/dotnet/configuration.hpp"

#include <string>
#include <string_view>

namespace idpwatch::deployed {

[[nodiscard]] DeployedValidator read_identity_web(const Configuration& configuration,
                                                  const std::string& section);

// "https://login.example/" and "tenant/v2.0" with the path of the instance kept (an instance with a
// path and no slash at its end glues the two); empty when the instance is no URL.
[[nodiscard]] std::string build_entra_authority(std::string_view instance, std::string_view rest);
// Slashes at the end off, "/v2.0" at the end unless it is there.
[[nodiscard]] std::string ensure_v2(std::string_view authority);

}  // namespace idpwatch::deployed
