// Sections that a package or a provider's guide knows by name or by their keys, wherever they stand
// in the tree: "AzureAd", "Authentication:Auth0", "EntraId" with Instance, TenantId and ClientId.
// Pure.
#pragma once

#include "deployed/dotnet/configuration.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::deployed {

enum class KnownSection { kNone, kEntra, kAuth0, kOkta, kKeycloak };

[[nodiscard]] KnownSection known_section(const Configuration& configuration,
                                         const std::string& path);

// Their paths, at most four deep, in the order of the tree. Not below one of them, nor among the
// schemes that ASP.NET Core reads itself.
[[nodiscard]] std::vector<std::string> find_known_sections(const Configuration& configuration,
                                                           KnownSection kind);

}  // namespace idpwatch::deployed
