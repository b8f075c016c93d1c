#include "deployed/dotnet/scheme_section.hpp"

#include "base/text.hpp"
#include "deployed/dotnet/dotnet_values.hpp"
#include "deployed/dotnet/dotnet_version.hpp"
#include "deployed/dotnet/section.hpp"
#include "deployed/dotnet/symmetric_key.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace idpwatch::deployed {

namespace {

// What the binder reads; the second half has no effect on which tokens pass.
constexpr std::array<std::string_view, 25> kRead = {
    "Authority",          "MetadataAddress",     "ValidIssuer",
    "ValidIssuers",       "ValidAudience",       "ValidAudiences",
    "ValidateIssuer",     "ValidateAudience",    "RequireHttpsMetadata",
    "BackchannelTimeout", "RefreshInterval",     "RefreshOnIssuerKeyNotFound",
    "SigningKeys",        "IncludeErrorDetails", "Challenge",
    "MapInboundClaims",   "SaveToken",           "ForwardAuthenticate",
    "ForwardChallenge",   "ForwardDefault",      "ForwardForbid",
    "ForwardSignIn",      "ForwardSignOut",      "ForwardDefaultSelector",
    "ClaimsIssuer"};

constexpr std::array<std::string_view, 3> kSignInNames = {"OpenIdConnect", "oidc", "Cookies"};
// Read by the binder of OpenIdConnect alone, and by that of JwtBearer alone.
constexpr std::array<std::string_view, 5> kSignInKeys = {
    "ClientSecret", "ResponseType", "ResponseMode", "CallbackPath", "SignedOutCallbackPath"};
constexpr std::array<std::string_view, 7> kBearerKeys = {
    "ValidAudience",  "ValidAudiences",   "ValidIssuer", "ValidIssuers",
    "ValidateIssuer", "ValidateAudience", "SigningKeys"};

// How the binder of that release goes about the checks.
struct Binder {
  std::string_view framework;
  bool by_listing = false;
};

bool is_read(std::string_view key, const Binder& binder) {
  const bool switches =
      base::iequals(key, "ValidateIssuer") || base::iequals(key, "ValidateAudience");
  if (binder.by_listing && switches) return false;
  return std::any_of(kRead.begin(), kRead.end(),
                     [&](std::string_view known) { return base::iequals(known, key); });
}

std::string why_ignored(const std::string& key, const Binder& binder) {
  if (base::iequals(key, "Audience")) {
    return "Audience is not read here: the framework reads only ValidAudience and ValidAudiences";
  }
  if (base::iequals(key, "AutomaticRefreshInterval") || base::iequals(key, "ClockSkew") ||
      base::iequals(key, "TokenValidationParameters")) {
    return key + " is not read here: it can only be set in code";
  }
  if (base::iequals(key, "ValidateIssuer") || base::iequals(key, "ValidateAudience")) {
    return key + " is not read by JwtBearer " + std::string(binder.framework) +
           ": a check is on when a value for it is listed";
  }
  const std::vector<std::string> known(kRead.begin(), kRead.end());
  const std::optional<std::string> near = base::nearest(key, known);
  return base::printable(key) + " is not read here" + (near ? "; " + *near + " is" : "");
}

void note_ignored(DeployedValidator& validator, const Section& section, const Binder& binder) {
  for (const std::string& key : section.keys()) {
    if (is_read(key, binder)) continue;
    const ConfigurationValue* value = section.value(key);
    const model::Origin origin = value != nullptr ? value->origin : section.child(key).origin();
    const bool trap = base::iequals(key, "Audience");
    validator.note(trap ? NoteKind::kTrap : NoteKind::kIgnored, why_ignored(key, binder), origin);
  }
}

void note_bare_numbers(DeployedValidator& validator, const Section& section) {
  for (const std::string_view key : {"BackchannelTimeout", "RefreshInterval"}) {
    const model::TextSetting text = section.text(key);
    if (!text.has_value() || text.value().find(':') != std::string::npos ||
        !parse_dotnet_time_span(text.value())) {
      continue;
    }
    validator.note(NoteKind::kTrap,
                   std::string(key) + " " + base::printable(text.value()) +
                       " without a colon is a number of days; write hh:mm:ss",
                   text.origin());
  }
}

// Up to 8.0.6 there is no switch: listing nothing is what switches a check off (IDX10233,
// IDX10235).
void switch_by_listing(DeployedValidator& validator, const Section& section, const Binder& binder) {
  model::ValidatorSettings& settings = validator.settings;
  settings.validate_issuer = model::FlagSetting(settings.issuers.has_value(), section.origin());
  settings.validate_audience = model::FlagSetting(settings.audiences.has_value(), section.origin());
  if (settings.audiences.has_value()) return;
  const std::string release(binder.framework);
  validator.note(NoteKind::kTrap,
                 "no audience is listed: JwtBearer " + release +
                     " accepts a token for any audience, and from 8.0.7 on the same file refuses "
                     "every token (IDX10214); list ValidAudience before you update",
                 section.origin());
}

void bind_checks(DeployedValidator& validator, Section& section, const Binder& binder) {
  model::ValidatorSettings& settings = validator.settings;
  // An empty ValidIssuer counts as listed, hence not text().
  const auto scalar = [&](std::string_view key) -> model::ListSetting {
    const ConfigurationValue* value = section.value(key);
    if (value == nullptr) return {};
    return model::ListSetting({value->text}, value->origin);
  };
  settings.issuers = join_lists(scalar("ValidIssuer"), section.list("ValidIssuers"));
  settings.audiences = join_lists(scalar("ValidAudience"), section.list("ValidAudiences"));
  settings.validate_signing_key = model::FlagSetting(true, section.origin());
  if (binder.by_listing) {
    switch_by_listing(validator, section, binder);
    return;
  }
  settings.validate_issuer = section.flag("ValidateIssuer");
  settings.validate_audience = section.flag("ValidateAudience");
  if (!settings.audiences.has_value()) {
    // Where somebody meant to list one, if there is such a line.
    const ConfigurationValue* meant = section.value("Audience");
    settings.audiences = model::ListSetting(std::vector<std::string>{},
                                            meant != nullptr ? meant->origin : section.origin());
    if (settings.validate_audience.value_or(true)) {
      validator.note(NoteKind::kTrap, "no audience is listed: every token is refused (IDX10214)",
                     section.origin());
    }
  }
}

void bind_signing_keys(DeployedValidator& validator, const Section& section, const Binder& binder) {
  std::vector<std::string> keys;
  model::Origin origin;
  bool forgotten = false;
  const Section all = section.child("SigningKeys");
  const bool scalar_counts = !forgets_valid_issuer(binder.framework);
  const std::vector<std::string> issuers =
      scalar_counts ? validator.settings.issuers.value() : section.list("ValidIssuers").value();
  for (const std::string& name : all.keys()) {
    const Section key = all.child(name);
    const model::TextSetting issuer = key.text("Issuer");
    const model::TextSetting value = key.text("Value");
    const bool used = std::find(issuers.begin(), issuers.end(), issuer.value()) != issuers.end();
    forgotten = forgotten || (!used && issuer.value() == section.text("ValidIssuer").value());
    if (!value.has_value() || !used) continue;
    if (!origin.known()) origin = value.origin();
    keys.push_back(symmetric_jwk_of_base64(value.value()));
  }
  if (forgotten && keys.empty()) {
    validator.note(NoteKind::kTrap,
                   "JwtBearer " + std::string(binder.framework) +
                       " takes no SigningKeys for ValidIssuer: every token is refused (IDX10500); "
                       "write ValidIssuers, or update to 9.0.2",
                   all.origin());
  }
  if (!keys.empty()) {
    validator.settings.pinned_keys = model::ListSetting(std::move(keys), std::move(origin));
  }
}

}  // namespace

std::vector<std::string> scheme_names(const Configuration& configuration) {
  return configuration.children(kSchemes);
}

// The file does not tell which handler code adds under a name. "Bearer" is JwtBearer's own default,
// "OpenIdConnect" and "Cookies" are the others'; else the keys decide that one handler alone reads.
std::string sign_in_reason(const Configuration& configuration, const std::string& scheme) {
  const auto is_named = [&](std::string_view name) { return base::iequals(scheme, name); };
  if (is_named("Bearer")) return {};
  if (std::any_of(kSignInNames.begin(), kSignInNames.end(), is_named)) return "its name";
  const Section section(configuration, join_path(kSchemes, scheme));
  const auto stands = [&](std::string_view key) { return section.has(key); };
  if (std::any_of(kBearerKeys.begin(), kBearerKeys.end(), stands)) return {};
  const auto* found = std::find_if(kSignInKeys.begin(), kSignInKeys.end(), stands);
  return found == kSignInKeys.end() ? std::string() : std::string(*found);
}

DeployedValidator read_scheme(const Configuration& configuration, const std::string& scheme,
                              std::string_view framework) {
  DeployedValidator validator;
  validator.suffix = scheme;
  validator.settings.profile = "aspnetcore-jwtbearer";
  validator.settings.scheme = scheme;
  Section section(configuration, join_path(kSchemes, scheme));
  if (!section.exists()) return validator;

  model::ValidatorSettings& settings = validator.settings;
  settings.binding = model::Binding::kFrameworkBinder;
  settings.authority = section.text("Authority");
  settings.metadata_url = section.text("MetadataAddress");
  settings.require_https = section.flag("RequireHttpsMetadata");
  settings.fetch_timeout = section.time_span("BackchannelTimeout");
  settings.min_refresh = section.time_span("RefreshInterval");
  settings.refresh_on_unknown_kid = section.flag("RefreshOnIssuerKeyNotFound");
  settings.include_error_details = section.flag("IncludeErrorDetails");
  const Binder binder{framework, checks_by_listing(framework)};
  bind_checks(validator, section, binder);
  bind_signing_keys(validator, section, binder);
  settings.options_fault = section.fault();
  note_ignored(validator, section, binder);
  note_bare_numbers(validator, section);
  return validator;
}

}  // namespace idpwatch::deployed
