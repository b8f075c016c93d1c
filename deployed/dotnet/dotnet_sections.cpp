#include "deployed/dotnet/dotnet_sections.hpp"

#include "base/text.hpp"
#include "deployed/dotnet/bearer_options.hpp"
#include "deployed/dotnet/dotnet_version.hpp"
#include "deployed/dotnet/identity_web_section.hpp"
#include "deployed/dotnet/known_sections.hpp"
#include "deployed/dotnet/package_sections.hpp"
#include "deployed/dotnet/scheme_section.hpp"
#include "deployed/dotnet/section.hpp"
#include "deployed/dotnet/symmetric_key.hpp"
#include "deployed/dotnet/unread_authority.hpp"
#include "deployed/dotnet/written_sections.hpp"

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace idpwatch::deployed {

namespace {

constexpr std::string_view kJwtBearer = "aspnetcore-jwtbearer";
constexpr std::string_view kIdentityWeb = "microsoft-identity-web";
constexpr std::string_view kOpenIddict = "openiddict-validation";

bool by_identity_web(const SectionContext& context) {
  if (!context.declared.profile.empty()) return context.declared.profile == kIdentityWeb;
  return context.artefacts.packages.empty() ||
         context.artefacts.package("Microsoft.Identity.Web") != nullptr;
}

// The packages that ASP.NET Core itself had for Entra ID up to 5.0.
bool by_azure_ad_ui(const SectionContext& context, std::string_view package) {
  return context.declared.profile != kIdentityWeb &&
         context.artefacts.package("Microsoft.Identity.Web") == nullptr &&
         context.artefacts.package(package) != nullptr;
}

// The profile of a hand-written section that any library could read.
std::string written_profile(const SectionContext& context) {
  if (!context.declared.profile.empty()) return context.declared.profile;
  const DotnetArtefacts& artefacts = context.artefacts;
  const bool openiddict = artefacts.package("OpenIddict.Validation") != nullptr ||
                          artefacts.package("OpenIddict.Validation.AspNetCore") != nullptr;
  const bool bearer = artefacts.package("Microsoft.AspNetCore.Authentication.JwtBearer") != nullptr;
  return std::string(openiddict && !bearer ? kOpenIddict : kJwtBearer);
}

void not_judged(DeployedReading& reading, const std::string& scheme, const std::string& why,
                const model::Origin& origin) {
  reading.notes.push_back(
      {NoteKind::kIgnored, "scheme " + base::printable(scheme) + " is not judged: " + why, origin});
}

void read_schemes(DeployedReading& reading, const SectionContext& context) {
  for (const std::string& scheme : scheme_names(context.configuration)) {
    const Section section(context.configuration, join_path(kSchemes, scheme));
    if (!section.exists()) {
      not_judged(reading, scheme, "its section is empty", section.origin());
      continue;
    }
    if (const std::string reason = sign_in_reason(context.configuration, scheme); !reason.empty()) {
      not_judged(reading, scheme,
                 "by " + reason +
                     " it signs people in and validates no callers' tokens; if AddJwtBearer reads "
                     "it, give it ValidAudiences",
                 section.origin());
      continue;
    }
    DeployedValidator validator = read_scheme(context.configuration, scheme, context.framework);
    const int host_major = major_of(context.framework);
    if (host_major > 0 && host_major < 7) {
      validator.settings.binding = model::Binding::kCode;
      validator.note(NoteKind::kTrap,
                     "JwtBearer before 7.0 does not read Authentication:Schemes by itself; code is "
                     "assumed to do so",
                     section.origin());
    }
    reading.validators.push_back(std::move(validator));
  }
}

void read_entra(DeployedReading& reading, const SectionContext& context) {
  for (const std::string& name : find_known_sections(context.configuration, KnownSection::kEntra)) {
    Section section(context.configuration, name);
    if (!section.has("TenantId") && !section.has("Authority") && !section.has("Instance")) {
      reading.notes.push_back(
          {NoteKind::kIgnored,
           "section " + base::printable(name) +
               " is not judged: it has neither TenantId, Instance nor Authority",
           section.origin()});
      continue;
    }
    DeployedValidator validator;
    if (by_azure_ad_ui(context, "Microsoft.AspNetCore.Authentication.AzureAD.UI") &&
        !section.has("SignUpSignInPolicyId")) {
      validator = read_azure_ad_ui(context.configuration, name);
    } else if (by_azure_ad_ui(context, "Microsoft.AspNetCore.Authentication.AzureADB2C.UI")) {
      validator = read_azure_ad_b2c_ui(context.configuration, name);
    } else if (by_identity_web(context)) {
      validator = read_identity_web(context.configuration, name);
      if (context.declared.profile.empty() && context.artefacts.packages.empty()) {
        validator.note(NoteKind::kAssumed,
                       "section " + name +
                           " is taken to be read by Microsoft.Identity.Web; "
                           "profile: aspnetcore-jwtbearer says otherwise",
                       section.origin());
      }
    } else {
      validator = read_azure_ad_guide(context.configuration, name);
      read_bearer_options(validator.settings, section);
      read_validation_parameters(validator.settings, section, {});
    }
    validator.suffix = name;
    reading.validators.push_back(std::move(validator));
  }
}

bool says(const std::string& key, std::initializer_list<std::string_view> parts) {
  return std::any_of(parts.begin(), parts.end(),
                     [&](std::string_view part) { return key.find(part) != std::string::npos; });
}

// What a section names whose tokens are made by its own service; empty: nothing of the kind.
std::string own_tokens(const Section& section) {
  for (const std::string& key : section.keys()) {
    const std::string lower = base::to_lower(key);
    const bool check = lower.starts_with("validate") || lower.starts_with("require");
    const bool lifetime = says(lower, {"expir", "lifetime", "duration"});
    const bool secret = says(lower, {"secret", "securitykey", "symmetrickey", "privatekey"});
    if (lifetime && !check && !says(lower, {"cache", "skew"})) return key;
    if (lower == "token" || (secret && !check && !says(lower, {"client", "api"}))) return key;
  }
  return {};
}

bool has_authority(const model::ValidatorSettings& settings) {
  return settings.authority.has_value() || settings.metadata_url.has_value();
}

// Sections by their usual names. Those without an authority: an issuer by URL stands in for it, a
// shared secret means that there is nothing to watch.
void add_named(DeployedReading& reading, const SectionContext& context, const std::string& name,
               DeployedValidator validator) {
  const Section section(context.configuration, name);
  model::ValidatorSettings& settings = validator.settings;
  const bool declared = declares_authority(context.declared);
  if (!has_authority(settings) && !declared) {
    const std::vector<std::string> issuers = settings.issuers.value();
    const bool by_url = !issuers.empty() && issuers.front().starts_with("http");
    const std::string own = own_tokens(section);
    if (by_url && !settings.pinned_keys.has_value() && !own.empty()) {
      reading.notes.push_back({NoteKind::kIgnored,
                               "section " + base::printable(name) + " is not judged: by its " +
                                   base::printable(own) +
                                   " the service issues these tokens itself; if an authority "
                                   "does, write settings: {authority: ...}",
                               section.origin()});
      return;
    }
    if (settings.pinned_keys.has_value() || !by_url) {
      reading.notes.push_back(
          {NoteKind::kIgnored,
           settings.pinned_keys.has_value()
               ? "section " + name +
                     " checks tokens by a shared secret; there is no authority to "
                     "watch"
               : "section " + name + " names no authority",
           section.origin()});
      return;
    }
    settings.authority = model::TextSetting(issuers.front(), settings.issuers.origin());
    validator.note(NoteKind::kAssumed,
                   "no authority in section " + name + ": its issuer is taken for it",
                   settings.issuers.origin());
  }
  settings.profile = written_profile(context);
  validator.suffix = name;
  reading.validators.push_back(std::move(validator));
}

void note_sign_in(DeployedReading& reading, const Configuration& configuration,
                  const std::string& name) {
  reading.notes.push_back({NoteKind::kIgnored,
                           "section " + base::printable(name) +
                               " is not judged: it signs people in or asks for tokens itself",
                           Section(configuration, name).origin()});
}

// A web application of Auth0 or Okta has a client and its secret, an API an audience.
bool is_sign_in(DeployedReading& reading, const Configuration& configuration,
                const std::string& name) {
  const Section section(configuration, name);
  const bool api = section.has("Audience") || section.has("ApiIdentifier");
  if (api || !section.has("ClientId") || !section.has("ClientSecret")) return false;
  note_sign_in(reading, configuration, name);
  return true;
}

void read_named(DeployedReading& reading, const SectionContext& context) {
  const Configuration& configuration = context.configuration;
  for (const std::string& name : find_known_sections(configuration, KnownSection::kAuth0)) {
    if (is_sign_in(reading, configuration, name)) continue;
    add_named(reading, context, name, read_auth0(configuration, name));
  }
  for (const std::string& name : find_known_sections(configuration, KnownSection::kOkta)) {
    if (is_sign_in(reading, configuration, name)) continue;
    add_named(reading, context, name, read_okta(configuration, name));
  }
  for (const std::string& name : find_known_sections(configuration, KnownSection::kKeycloak)) {
    add_named(reading, context, name, read_keycloak(configuration, name));
  }
  for (const char* name : {"Jwt", "JwtSettings"}) {
    if (!configuration.has_children(name)) continue;
    add_named(reading, context, name, read_authority_section(configuration, name));
  }
  for (const char* name : {"OpenIddict:Validation", "OpenIddict"}) {
    const Section section(configuration, name);
    if (!section.has("Issuer") && !section.has("Authority")) continue;
    DeployedValidator validator = read_authority_section(configuration, name);
    model::ValidatorSettings& settings = validator.settings;
    // OpenIddict's Issuer is the authority itself; there is no list of issuers beside it.
    if (!settings.authority.has_value()) settings.authority = section.text("Issuer");
    settings.issuers = {};
    add_named(reading, context, name, std::move(validator));
    if (context.declared.profile.empty()) reading.validators.back().settings.profile = kOpenIddict;
    break;
  }
  const AuthoritySections sections = find_authority_sections(configuration);
  for (const std::string& name : sections.validators) {
    add_named(reading, context, name, read_authority_section(configuration, name));
  }
  for (const std::string& name : sections.clients) {
    note_sign_in(reading, configuration, name);
  }
}

}  // namespace

void read_sections(DeployedReading& reading, const SectionContext& context) {
  read_schemes(reading, context);
  read_entra(reading, context);
  read_named(reading, context);
  // One hand-written section needs no name; schemes have theirs.
  if (reading.validators.size() == 1 && reading.validators.front().settings.scheme.empty()) {
    reading.validators.front().suffix.clear();
  }
  const std::vector<Note> unread = unread_authorities(context.configuration);
  reading.notes.insert(reading.notes.end(), unread.begin(), unread.end());
  if (reading.validators.empty() && unread.empty()) {
    reading.notes.push_back({NoteKind::kAssumed,
                             "no section of the files names an authority; settings: of our "
                             "configuration can say what is set in code",
                             {}});
  }
}

void finish_validator(DeployedValidator& validator) {
  model::ValidatorSettings& settings = validator.settings;
  const bool by_code = settings.profile == kJwtBearer && settings.scheme.empty();
  if (by_code && !settings.start_fault && settings.audiences.absent() &&
      settings.validate_audience.absent()) {
    settings.validate_audience = model::FlagSetting(false);
    validator.note(NoteKind::kAssumed,
                   "the file names no audience: audience validation is skipped (code sets "
                   "them or switches it off; settings: audiences tells us)",
                   settings.authority.origin());
  }
  redact_pinned_keys(settings);
}

}  // namespace idpwatch::deployed
