#include "validators/profiles.hpp"

#include "validators/aspnet.hpp"

#include <array>

namespace idpwatch::validators {
namespace {

std::vector<ProfileVersion> none() { return {}; }

constexpr std::array<Profile, 1> kProfiles{{
    {"aspnetcore-jwtbearer", "ASP.NET Core JwtBearer", compile_aspnet, none},
}};

}  // namespace

std::span<const Profile> profiles() { return kProfiles; }

const Profile* find_profile(std::string_view name) {
  for (const Profile& profile : kProfiles) {
    if (profile.name == name) {
      return &profile;
    }
  }
  return nullptr;
}

}  // namespace idpwatch::validators
