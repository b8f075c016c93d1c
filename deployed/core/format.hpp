// What a deployed file is, by its name and its first bytes. Pure.
#pragma once

#include "deployed/core/deployed_file.hpp"

#include <string>

namespace idpwatch::deployed {

enum class Format {
  kJsonSettings,     // appsettings*.json, or another JSON object with settings for .NET
  kDepsFile,         // App.deps.json
  kRuntimeConfig,    // App.runtimeconfig.json
  kEnvironmentFile,  // KEY=VALUE lines
  kNotYet,           // recognised, and not read by this version
  kUnknown
};

struct Recognised {
  Format format = Format::kUnknown;
  std::string what;  // for a person: "an Envoy configuration"
};

[[nodiscard]] Recognised recognise(const DeployedFile& file);

}  // namespace idpwatch::deployed
