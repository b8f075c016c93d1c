#include "validators/core/profiles.hpp"

#include "validators/dotnet/aspnet.hpp"
#include "validators/dotnet/identity_web.hpp"
#include "validators/dotnet/openiddict.hpp"
#include "validators/dotnet/profile_facts.hpp"
#include "validators/node/express_bearer.hpp"
#include "validators/node/jose.hpp"

#include <array>

namespace idpwatch::validators {
namespace {

constexpr std::array<Profile, 5> kProfiles{{
    {"aspnetcore-jwtbearer", "ASP.NET Core JwtBearer", compile_aspnet, aspnet_versions},
    {"microsoft-identity-web", "Microsoft.Identity.Web", compile_identity_web,
     identity_web_versions},
    {"openiddict-validation", "OpenIddict.Validation", compile_openiddict, openiddict_versions},
    {"jose", "jose (Node.js)", compile_jose, jose_versions, false},
    {"express-oauth2-jwt-bearer", "express-oauth2-jwt-bearer (Node.js)", compile_express_bearer,
     express_bearer_versions},
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
