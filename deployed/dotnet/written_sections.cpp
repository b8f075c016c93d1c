#include "deployed/dotnet/written_sections.hpp"

#include "base/text.hpp"
#include "deployed/dotnet/bearer_options.hpp"
#include "deployed/dotnet/section.hpp"
#include "deployed/dotnet/symmetric_key.hpp"

#include <utility>

namespace idpwatch::deployed {

namespace {

constexpr std::string_view kProfile = "aspnetcore-jwtbearer";

DeployedValidator begin() {
  DeployedValidator validator;
  validator.settings.profile = kProfile;
  return validator;
}

// "Bearer" settings that stand beside the ones a guide knows: code that binds the section has them.
void read_rest(DeployedValidator& validator, Section& section) {
  read_bearer_options(validator.settings, section);
  if (section.child("TokenValidationParameters").exists()) {
    const model::TextSetting none;
    read_validation_parameters(validator.settings, section, none);
  }
}

std::string without_end_slash(std::string_view url) {
  while (url.ends_with('/')) url.remove_suffix(1);
  return std::string(url);
}

void set_secret(DeployedValidator& validator, const model::TextSetting& secret) {
  if (!secret.has_value()) return;
  validator.settings.pinned_keys =
      model::ListSetting({symmetric_jwk(secret.value())}, secret.origin());
}

}  // namespace

DeployedValidator read_azure_ad_guide(const Configuration& configuration,
                                      const std::string& section_path) {
  DeployedValidator validator = begin();
  model::ValidatorSettings& settings = validator.settings;
  const Section section(configuration, section_path);
  settings.instance = section.text("Instance");
  settings.tenant_id = section.text("TenantId");
  settings.client_id = section.text("ClientId");
  settings.authority = section.text("Authority");
  if (!settings.authority.has_value()) {
    const model::TextSetting& named =
        settings.tenant_id.has_value() ? settings.tenant_id : settings.instance;
    settings.authority = model::TextSetting(
        settings.instance.value() + settings.tenant_id.value() + "/v2.0", named.origin());
    if (settings.instance.has_value() && !settings.instance.value().ends_with('/')) {
      validator.note(NoteKind::kTrap,
                     "Instance has no slash at its end: the tenant is glued to the host",
                     settings.instance.origin());
    }
  }
  settings.audiences = as_list(section.text({"Audience", "ClientId"}));
  return validator;
}

DeployedValidator read_auth0(const Configuration& configuration, const std::string& section_path) {
  DeployedValidator validator = begin();
  const Section section(configuration, section_path);
  const model::TextSetting domain = section.text("Domain");
  if (domain.has_value()) {
    validator.settings.authority =
        model::TextSetting("https://" + domain.value() + "/", domain.origin());
    if (domain.value().find("://") != std::string::npos || domain.value().ends_with('/')) {
      validator.note(NoteKind::kTrap,
                     "Domain is only a host name: the guide's code puts https:// before it and a "
                     "slash behind it",
                     domain.origin());
    }
  } else {
    return read_authority_section(configuration, section_path);
  }
  validator.settings.audiences = as_list(section.text({"Audience", "ApiIdentifier"}));
  return validator;
}

DeployedValidator read_jwt(const Configuration& configuration, const std::string& section_path) {
  DeployedValidator validator = begin();
  model::ValidatorSettings& settings = validator.settings;
  Section section(configuration, section_path);
  settings.authority = section.text("Authority");
  settings.audiences = as_list(section.text("Audience"));
  settings.issuers = as_list(section.text("Issuer"));
  settings.require_https = section.flag("RequireHttpsMetadata");
  settings.options_fault = section.fault();
  set_secret(validator, section.text({"Key", "Secret"}));
  return validator;
}

DeployedValidator read_keycloak(const Configuration& configuration,
                                const std::string& section_path) {
  DeployedValidator validator = begin();
  model::ValidatorSettings& settings = validator.settings;
  Section section(configuration, section_path);
  const model::TextSetting server =
      section.text({"auth-server-url", "AuthServerUrl", "ServerUrl", "BaseUrl", "Url", "Host"});
  const model::TextSetting realm = section.text("Realm");
  settings.instance = server;
  settings.authority = section.text({"Authority", "RealmUrl"});
  if (!settings.authority.has_value() && server.has_value() && realm.has_value()) {
    settings.authority = model::TextSetting(
        without_end_slash(server.value()) + "/realms/" + realm.value(), realm.origin());
  }
  settings.audiences = section.scalar_or_list({"Audience", "Audiences"});
  if (!settings.audiences.has_value()) {
    settings.audiences = as_list(section.text({"resource", "ClientId"}));
  }
  for (const std::string_view key : {"verify-token-audience", "VerifyTokenAudience"}) {
    const model::FlagSetting verify = section.flag(key);
    if (verify.has_value()) settings.validate_audience = verify;
  }
  const model::TextSetting ssl = section.text({"ssl-required", "SslRequired"});
  if (base::iequals(ssl.value(), "none")) {
    settings.require_https = model::FlagSetting(false, ssl.origin());
  }
  read_rest(validator, section);
  return validator;
}

DeployedValidator read_authority_section(const Configuration& configuration,
                                         const std::string& section_path) {
  DeployedValidator validator = begin();
  model::ValidatorSettings& settings = validator.settings;
  Section section(configuration, section_path);
  settings.authority = section.text({"Authority", "AuthorityUrl", "IssuerUri", "IssuerUrl"});
  settings.audiences = section.scalar_or_list(
      {"Audience", "Audiences", "ValidAudience", "ValidAudiences", "ApiName", "ApiIdentifier"});
  settings.issuers = section.scalar_or_list({"Issuer", "Issuers", "ValidIssuer", "ValidIssuers"});
  settings.validate_audience = section.flag("ValidateAudience");
  settings.validate_issuer = section.flag("ValidateIssuer");
  settings.clock_skew = section.time_span("ClockSkew");
  const model::FlagSetting https = section.flag("RequireHttps");
  if (https.has_value()) settings.require_https = https;
  set_secret(validator,
             section.text({"Key", "Secret", "SecretKey", "SigningKey", "IssuerSigningKey"}));
  read_rest(validator, section);
  return validator;
}

}  // namespace idpwatch::deployed
