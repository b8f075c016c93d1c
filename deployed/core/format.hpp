// What a deployed file is, by its name and its first bytes. Pure.
#pragma once

#include "deployed/core/deployed_file.hpp"
#include "deployed/core/stacks.hpp"

#include <string>

namespace idpwatch::deployed {

enum class Format {
  kOfStack,          // one of the files that a stack claims
  kEnvironmentFile,  // KEY=VALUE lines
  kNotYet,           // recognised, and not read by this version
  kUnknown
};

struct Recognised {
  Format format = Format::kUnknown;
  std::string what = {};         // of kNotYet, for a person: "an Envoy configuration"
  const Stack* stack = nullptr;  // of kOfStack
};

[[nodiscard]] Recognised recognise(const DeployedFile& file);

}  // namespace idpwatch::deployed
