// A section whose keys are the properties of JwtBearerOptions (code binds it to the options, or
// copies them one by one): Authority, MetadataAddress, Audience, TokenValidationParameters:* and
// the rest.
//
// Pure. Source: dotnet/aspnetcore, JwtBearerOptions; Microsoft.IdentityModel,
// TokenValidationParameters.
#pragma once

#include "deployed/dotnet/section.hpp"
#include "model/validator_settings.hpp"

namespace idpwatch::deployed {

// Sets what stands there and leaves the rest as it is; `authority` and `audiences` are the
// caller's.
void read_bearer_options(model::ValidatorSettings& settings, Section& section);

// TokenValidationParameters:* of the section: issuers, audiences, switches. ValidAudience wins over
// JwtBearerOptions.Audience (`audience`), ValidAudiences is beside either (PostConfigure).
void read_validation_parameters(model::ValidatorSettings& settings, Section& section,
                                const model::TextSetting& audience);

}  // namespace idpwatch::deployed
