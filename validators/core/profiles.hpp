// The profiles that are simulated: a list written by hand, no registry.
#pragma once

#include "base/result.hpp"
#include "model/validator_settings.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::validators {

struct CompiledProfile;

// A value that a version is modelled with, and where it is known from.
struct ProfileFact {
  std::string name, value, source;
};

struct ProfileVersion {
  std::string version;
  std::vector<std::string> variants;  // recorded with it, "" = none
  std::vector<ProfileFact> facts;
};

struct Profile {
  std::string_view name;
  std::string_view title;
  base::Result<CompiledProfile> (*compile)(const model::ValidatorSettings&);
  std::vector<ProfileVersion> (*versions)();
  bool discovers = true;  // asks for the document of its authority
};

std::span<const Profile> profiles();
const Profile* find_profile(std::string_view name);

}  // namespace idpwatch::validators
