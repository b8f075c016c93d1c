// The values that each known version is modelled with, and their sources: for `idpwatch profiles`.
#pragma once

#include "validators/core/profiles.hpp"

#include <vector>

namespace idpwatch::validators {

std::vector<ProfileVersion> aspnet_versions();
std::vector<ProfileVersion> identity_web_versions();
std::vector<ProfileVersion> openiddict_versions();

}  // namespace idpwatch::validators
