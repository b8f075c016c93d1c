// Environment variables as .NET's configuration reads them: the keys into which their names turn,
// and the name of the environment ("Production") that they choose. Pure.
//
// Sources: EnvironmentVariablesConfigurationProvider of dotnet/runtime; MS Learn, "environment
// variable precedence" (breaking change of .NET 7).
#pragma once

#include "deployed/core/deployed_environment.hpp"
#include "deployed/dotnet/configuration.hpp"

#include <string_view>

namespace idpwatch::deployed {

// Lays the variables whose name begins with `prefix` over `configuration`, the prefix taken off and
// "__" turned into ":".
void add_environment_layer(Configuration& configuration, const Environment& environment,
                           std::string_view prefix);

// What DOTNET_ENVIRONMENT and ASPNETCORE_ENVIRONMENT say; nullptr when neither stands. `host_major`
// is the ASP.NET Core version, 0 = unknown: from 7 on the first of them wins, before the second.
[[nodiscard]] const EnvironmentVariable* environment_name_variable(const Environment& environment,
                                                                   int host_major);

}  // namespace idpwatch::deployed
