// Authentication:Schemes:{Scheme} as the configuration binder of ASP.NET Core reads it for
// AddJwtBearer() without code: which keys it reads, which it does not, and what it sets beside
// them.
//
// Pure. Source: dotnet/aspnetcore, JwtBearerConfigureOptions at 0152cd77 (.NET 7) and b43929d8
// (.NET 8 on); facts/validators-dotnet-java.md, aspnetcore-jwtbearer sections 0.2 and 2.
#pragma once

#include "deployed/configuration.hpp"
#include "deployed/deployed_validator.hpp"

#include <string>
#include <string_view>

namespace idpwatch::deployed {

inline constexpr std::string_view kSchemes = "Authentication:Schemes";

// The schemes that the section names, as spelled.
[[nodiscard]] std::vector<std::string> scheme_names(const Configuration& configuration);

// Why a scheme is taken for an interactive sign-in (OpenIdConnect, cookies), which another handler
// reads and which takes no tokens of callers: the name or key that says so. Empty: it is none.
[[nodiscard]] std::string sign_in_reason(const Configuration& configuration,
                                         const std::string& scheme);

// `host_major`: ASP.NET Core, 0 = unknown, read as a new one. A scheme whose section has no child
// is left at the options' defaults, as the binder leaves it.
[[nodiscard]] DeployedValidator read_scheme(const Configuration& configuration,
                                            const std::string& scheme, int host_major);

}  // namespace idpwatch::deployed
