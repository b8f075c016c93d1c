#include "deployed/versions.hpp"

#include "deployed/dotnet_version.hpp"

#include <string_view>

namespace idpwatch::deployed {

namespace {

constexpr std::string_view kJwtBearer = "Microsoft.AspNetCore.Authentication.JwtBearer";
constexpr std::string_view kTokens = "Microsoft.IdentityModel.Tokens";
constexpr std::string_view kBlockingSwitch =
    "Switch.Microsoft.IdentityModel.UpdateConfigAsBlocking";

const Package* deciding_package(const std::string& profile, const DotnetArtefacts& artefacts) {
  if (profile == "microsoft-identity-web") return artefacts.package("Microsoft.Identity.Web");
  if (profile == "openiddict-validation") {
    const Package* core = artefacts.package("OpenIddict.Validation");
    return core != nullptr ? core : artefacts.package("OpenIddict.Validation.AspNetCore");
  }
  return artefacts.package(kTokens);
}

void assume_version(DeployedValidator& validator, const std::string& framework) {
  model::ValidatorSettings& settings = validator.settings;
  if (settings.profile == "aspnetcore-jwtbearer" && !framework.empty()) {
    if (const auto usual = default_library(framework)) {
      settings.version = usual->version;
      validator.note(NoteKind::kAssumed, "Microsoft.IdentityModel " + usual->version +
                                             " is assumed, as JwtBearer " + usual->release +
                                             " brings it; App.deps.json would tell");
      return;
    }
  }
  validator.note(NoteKind::kAssumed,
                 "no App.deps.json beside the files, and no version told to us: the newest known "
                 "version is assumed");
}

// Packages of Microsoft.IdentityModel must move together; mixed ones fail with IDX10500 although
// the authority is well (dotnet/aspnetcore #57940).
void note_mixed_packages(DeployedValidator& validator, const DotnetArtefacts& artefacts) {
  const Package* tokens = artefacts.package(kTokens);
  if (tokens == nullptr) return;
  for (const std::string_view name :
       {"Microsoft.IdentityModel.JsonWebTokens", "Microsoft.IdentityModel.Protocols",
        "Microsoft.IdentityModel.Protocols.OpenIdConnect"}) {
    const Package* other = artefacts.package(name);
    if (other == nullptr || other->version == tokens->version) continue;
    validator.note(NoteKind::kTrap,
                   other->name + " is " + other->version + " beside " + tokens->name + " " +
                       tokens->version + ": mixed versions are known to refuse every token",
                   other->origin);
  }
}

void decide_variant(DeployedValidator& validator, const DotnetArtefacts& artefacts,
                    const Declared& declared) {
  std::string& variant = validator.settings.variant;
  if (!declared.variant.empty()) {
    variant = declared.variant;
    return;
  }
  const Switch* blocking = artefacts.find_switch(kBlockingSwitch);
  if (blocking == nullptr || !blocking->on) return;
  variant = variant.empty() ? "blocking" : "blocking+" + variant;
}

}  // namespace

std::string framework_of(const DotnetArtefacts& artefacts, const Declared& declared) {
  if (!declared.framework.empty()) return declared.framework;
  const Package* package = artefacts.package(kJwtBearer);
  return package != nullptr ? package->version : artefacts.framework;
}

int runtime_major_of(const DotnetArtefacts& artefacts, const Declared& declared) {
  if (const int major = major_of(artefacts.framework); major > 0) return major;
  return major_of(framework_of(artefacts, declared));
}

void decide_versions(DeployedValidator& validator, const DotnetArtefacts& artefacts,
                     const Declared& declared) {
  model::ValidatorSettings& settings = validator.settings;
  settings.framework = framework_of(artefacts, declared);
  const Package* package = deciding_package(settings.profile, artefacts);
  if (!declared.version.empty()) {
    settings.version = declared.version;
  } else if (package != nullptr && declared.framework.empty()) {
    settings.version = package->version;
    settings.version_origin = package->origin;
  } else {
    assume_version(validator, settings.framework);
  }
  if (package != nullptr && package->version != settings.version) {
    validator.note(NoteKind::kAssumed,
                   "App.deps.json names " + package->name + " " + package->version +
                       "; what our configuration says wins",
                   package->origin);
  }
  const Package* tokens = artefacts.package(kTokens);
  if (settings.profile != "aspnetcore-jwtbearer" && tokens != nullptr) {
    settings.library = tokens->version;
  }
  decide_variant(validator, artefacts, declared);
  note_mixed_packages(validator, artefacts);
}

}  // namespace idpwatch::deployed
