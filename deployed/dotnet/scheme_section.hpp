// Authentication:Schemes:{Scheme} as the configuration binder of ASP.NET Core reads it for
// AddJwtBearer() without code: which keys it reads, which it does not, and what it sets beside
// them.
//
// Pure. Source: dotnet/aspnetcore, JwtBearerConfigureOptions at 0152cd77 (.NET 7, and 8.0.0 to
// 8.0.6) and b43929d8 (8.0.7 on).
#pragma once

#include "deployed/core/deployed_validator.hpp"
#include "deployed/dotnet/configuration.hpp"

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

// `framework`: the version of JwtBearer, empty = unknown, read as a new one. A scheme whose section
// has no child is left at the options' defaults, as the binder leaves it.
[[nodiscard]] DeployedValidator read_scheme(const Configuration& configuration,
                                            const std::string& scheme, std::string_view framework);

}  // namespace idpwatch::deployed
