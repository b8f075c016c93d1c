// What our own configuration says about a deployment: what stands in code and not in a file, and
// what is known better than the files tell it. Laid over what was read. Pure.
#pragma once

#include "model/validator_settings.hpp"

#include <string>

namespace idpwatch::deployed {

struct Declared {
  std::string profile;                // empty = detected
  std::string version;                // of the library that decides
  std::string framework;              // "8.0"
  std::string variant;                // "blocking"
  std::string environment_name;       // "Staging"
  model::ValidatorSettings settings;  // those that are not absent win
};

// Every setting of `declared` that is not absent replaces the one of `settings`. Profile, version
// and the like are not settings: versions.hpp looks after them.
void lay_over(model::ValidatorSettings& settings, const model::ValidatorSettings& declared);

// Pinned keys without their secret members (model/redact.hpp); what is not JSON becomes {}.
void redact_pinned_keys(model::ValidatorSettings& settings);

[[nodiscard]] bool declares_authority(const Declared& declared);

}  // namespace idpwatch::deployed
