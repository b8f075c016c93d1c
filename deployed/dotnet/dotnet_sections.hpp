// Which sections of a .NET configuration are validators, and who reads them: by their names, by the
// packages of the application, by the profile that was told. Pure.
#pragma once

#include "deployed/core/declared.hpp"
#include "deployed/core/deployed_reading.hpp"
#include "deployed/dotnet/configuration.hpp"
#include "deployed/dotnet/dotnet_artefacts.hpp"

#include <string>

namespace idpwatch::deployed {

struct SectionContext {
  const Configuration& configuration;
  const DotnetArtefacts& artefacts;
  const Declared& declared;
  std::string framework;  // "8.0.11"; empty = unknown
};

// Adds the validators, and notes on sections that are none.
void read_sections(DeployedReading& reading, const SectionContext& context);

// After our configuration was laid over: what must be assumed of a hand-written section so that no
// refusal is forecast that rests on code we do not see; shared secrets are redacted.
void finish_validator(DeployedValidator& validator);

}  // namespace idpwatch::deployed
