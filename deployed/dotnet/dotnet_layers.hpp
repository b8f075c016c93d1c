// The layers of an ASP.NET Core application put together: appsettings.json, then
// appsettings.{Environment}.json, then other named JSON files, then environment variables; below
// all of them the variables with the host's prefixes (ASPNETCORE_, DOTNET_). A layer that .NET
// cannot read means that the process does not start.
//
// Pure. Knows nothing about what a key means. Source: MS Learn, "Configuration in ASP.NET Core"
// (default application and host configuration sources); JsonConfigurationFileParser.
#pragma once

#include "base/result.hpp"
#include "deployed/core/deployed_environment.hpp"
#include "deployed/core/deployed_file.hpp"
#include "deployed/core/note.hpp"
#include "deployed/dotnet/configuration.hpp"

#include <optional>
#include <string>
#include <vector>

namespace idpwatch::deployed {

struct LayerRules {
  int host_major = 0;            // ASP.NET Core; 0 = unknown, read as a new one
  int runtime_major = 0;         // Microsoft.Extensions.Configuration; 0 likewise
  std::string environment_name;  // told by our configuration; empty = by the environment
};

struct DotnetLayers {
  Configuration configuration;
  std::string environment_name;
  std::optional<model::StartFault> start_fault;  // the first one
  std::vector<Note> notes;
};

// Is it appsettings.json or appsettings.{Environment}.json?
[[nodiscard]] bool is_appsettings(std::string_view path);

// Errors are for what we refuse and .NET would not: bytes that are no UTF-8, sizes over our limits.
[[nodiscard]] base::Result<DotnetLayers> merge_layers(const std::vector<DeployedFile>& files,
                                                      const Environment& environment,
                                                      const LayerRules& rules);

}  // namespace idpwatch::deployed
