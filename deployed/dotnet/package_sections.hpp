// Sections whose reading a package of the application fixes: those of Okta.AspNetCore and of the
// old Microsoft.AspNetCore.Authentication.AzureAD.UI and AzureADB2C.UI.
//
// Pure. Sources: okta/okta-aspnet (UrlHelper, OktaWebOptions, OktaWebApiOptions,
// DefaultTokenValidationParameters, OktaWebApiOptionsValidator of pull request 133);
// dotnet/aspnetcore 3.1 and 5.0 (AzureADJwtBearerOptionsConfiguration,
// AzureADB2CJwtBearerOptionsConfiguration).
#pragma once

#include "deployed/core/deployed_validator.hpp"
#include "deployed/dotnet/configuration.hpp"

#include <string>

namespace idpwatch::deployed {

// {OktaDomain}/oauth2/{AuthorizationServerId} with the package's own defaults; or, without
// OktaDomain, what code copies to JwtBearer (Issuer, Authority).
[[nodiscard]] DeployedValidator read_okta(const Configuration& configuration,
                                          const std::string& section);

// AddAzureADBearer: {Instance}{TenantId}, and ClientId for the audience: tokens of version 1.
[[nodiscard]] DeployedValidator read_azure_ad_ui(const Configuration& configuration,
                                                 const std::string& section);
// AddAzureADB2CBearer: {Instance}{Domain}/{SignUpSignInPolicyId}/v2.0.
[[nodiscard]] DeployedValidator read_azure_ad_b2c_ui(const Configuration& configuration,
                                                     const std::string& section);

}  // namespace idpwatch::deployed
