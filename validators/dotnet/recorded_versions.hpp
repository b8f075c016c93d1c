// Which versions of Microsoft.IdentityModel under JwtBearer were recorded from real runs, and in
// which variants. All others are modelled from source.
#pragma once

#include "validators/core/library_version.hpp"
#include "validators/dotnet/identity_model.hpp"

#include <span>
#include <string_view>

namespace idpwatch::validators {

struct RecordedVersion {
  Version version;
  std::span<const std::string_view> variants;  // "" for none
};

std::span<const RecordedVersion> recorded_versions();  // ascending
bool is_recorded(Version version);
// The nearest one below `version`; the oldest where there is none.
Version nearest_recorded(Version version);

}  // namespace idpwatch::validators
