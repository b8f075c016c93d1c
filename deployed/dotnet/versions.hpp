// Which library version decides, on which framework, with which switches: told by our
// configuration, else read from App.deps.json and App.runtimeconfig.json, else assumed from the
// framework, with a note for whatever was not read. Pure.
#pragma once

#include "deployed/core/declared.hpp"
#include "deployed/core/deployed_validator.hpp"
#include "deployed/dotnet/dotnet_artefacts.hpp"

#include <string>

namespace idpwatch::deployed {

// "8.0.11" (the JwtBearer package), "8.0" (declared, or the target framework); empty = unknown.
[[nodiscard]] std::string framework_of(const DotnetArtefacts& artefacts, const Declared& declared);
// The .NET runtime's major version, 0 = unknown: reads JSON, hence what null means.
[[nodiscard]] int runtime_major_of(const DotnetArtefacts& artefacts, const Declared& declared);

// Sets version, framework, library and variant by the profile of `validator`.
void decide_versions(DeployedValidator& validator, const DotnetArtefacts& artefacts,
                     const Declared& declared);

}  // namespace idpwatch::deployed
