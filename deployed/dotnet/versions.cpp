#include "deployed/dotnet/versions.hpp"

#include "deployed/dotnet/dotnet_version.hpp"

#include <string_view>

namespace idpwatch::deployed {

namespace {

constexpr std::string_view kJwtBearer = "Microsoft.AspNetCore.Authentication.JwtBearer";
constexpr std::string_view kTokens = "Microsoft.IdentityModel.Tokens";
constexpr std::string_view kProtocols = "Microsoft.IdentityModel.Protocols.OpenIdConnect";
constexpr std::string_view kValidators = "Microsoft.IdentityModel.Validators";
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
                                             " brings it; App.deps.json would say");
      return;
    }
  }
  validator.note(
      NoteKind::kAssumed,
      "no App.deps.json beside the files, and no version is configured: the newest known "
      "version is assumed");
}

// Packages of Microsoft.IdentityModel are made to move together. What mixing them does is the
// simulation's affair where it is modelled (Protocols.OpenIdConnect, Validators).
void read_beside(DeployedValidator& validator, const DotnetArtefacts& artefacts) {
  model::ValidatorSettings& settings = validator.settings;
  const Package* tokens = artefacts.package(kTokens);
  const Package* protocols = artefacts.package(kProtocols);
  if (const Package* validators = artefacts.package(kValidators)) {
    settings.validators = validators->version;
  }
  // What is told of the version instead is not known to stand beside these packages.
  const std::string& decides =
      settings.profile == "aspnetcore-jwtbearer" ? settings.version : settings.library;
  if (protocols == nullptr || tokens == nullptr || decides != tokens->version) return;
  settings.protocols = protocols->version;
  settings.protocols_origin = protocols->origin;
  if (major_of(tokens->version) >= 7 && major_of(protocols->version) == 6) {
    validator.note(NoteKind::kTrap,
                   protocols->name + " " + protocols->version + " beside " + tokens->name + " " +
                       tokens->version +
                       " is known to fail with a type or method that is missing; reference the "
                       "same version of both",
                   protocols->origin);
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
                       "; our configuration wins",
                   package->origin);
  }
  const Package* tokens = artefacts.package(kTokens);
  if (settings.profile != "aspnetcore-jwtbearer" && tokens != nullptr) {
    settings.library = tokens->version;
  }
  decide_variant(validator, artefacts, declared);
  read_beside(validator, artefacts);
}

}  // namespace idpwatch::deployed
