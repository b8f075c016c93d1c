// The files of one ASP.NET Core service -> its validators. Pure; the rules: docs/deployed.md.
#pragma once

#include "base/result.hpp"
#include "deployed/core/stacks.hpp"

namespace idpwatch::deployed {

// *.deps.json, *.runtimeconfig.json and appsettings*.json by their name, another JSON file by its
// content.
[[nodiscard]] Claim claims_dotnet(const DeployedFile& file);
[[nodiscard]] base::Result<DeployedReading> read_dotnet(const StackFiles& files);

}  // namespace idpwatch::deployed
