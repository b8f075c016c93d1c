// The `deployed` part of a story as the recorded applications read it: the same readers as
// reading.hpp, with nothing assumed. Hand-written sections are read as the tutorials of their time
// do, one scheme named Bearer, all on the configuration library of the recorded runs (.NET 10).
//
// Pure. Source: docs/stories.md.
#pragma once

#include "base/result.hpp"
#include "deployed/core/deployed_environment.hpp"
#include "deployed/core/deployed_file.hpp"
#include "model/validator_settings.hpp"

#include <optional>
#include <string>
#include <vector>

namespace idpwatch::deployed {

struct StorySettings {
  // nullopt: a validator of this profile and host cannot be asked, `not_applicable` says why.
  std::optional<model::ValidatorSettings> settings;
  std::string not_applicable;
};

// `files`: names carry the layers (`named` is taken as false). `host_version`: of ASP.NET Core
// JwtBearer ("7.0.11"); empty = a new one. Version and variant are left to the caller.
[[nodiscard]] base::Result<StorySettings> settings_of_story(std::vector<DeployedFile> files,
                                                            const Environment& environment,
                                                            const std::string& profile,
                                                            const std::string& host_version);

}  // namespace idpwatch::deployed
