#include "deployed/dotnet/package_sections.hpp"

#include "base/text.hpp"
#include "base/url.hpp"
#include "deployed/dotnet/bearer_options.hpp"
#include "deployed/dotnet/section.hpp"
#include "deployed/dotnet/written_sections.hpp"

#include <utility>

namespace idpwatch::deployed {

namespace {

constexpr std::string_view kProfile = "aspnetcore-jwtbearer";
constexpr std::string_view kOktaServer = "default";
constexpr std::string_view kOktaAudience = "api://default";
constexpr base::Duration kOktaClockSkew = base::minutes(2);

std::string without_end_slash(std::string_view url) {
  while (url.ends_with('/')) url.remove_suffix(1);
  return std::string(url);
}

// What the package sets beside the authority.
void set_okta_defaults(DeployedValidator& validator, Section& section) {
  model::ValidatorSettings& settings = validator.settings;
  settings.issuers = model::ListSetting({settings.authority.value()}, settings.authority.origin());
  settings.validate_signing_key = model::FlagSetting(true);
  settings.clock_skew = section.time_span("ClockSkew");
  if (settings.clock_skew.absent()) settings.clock_skew = model::DurationSetting(kOktaClockSkew);
  const model::TextSetting audience = section.text("Audience");
  settings.audiences = audience.has_value()
                           ? as_list(audience)
                           : model::ListSetting({std::string(kOktaAudience)}, section.origin());
  if (section.fault()) settings.options_fault = section.fault();
}

void make_okta_authority(DeployedValidator& validator, const Section& section,
                         const model::TextSetting& domain) {
  model::ValidatorSettings& settings = validator.settings;
  const ConfigurationValue* server = section.value("AuthorizationServerId");
  if (server != nullptr && server->text.empty()) {
    settings.authority = domain;
    settings.start_fault = model::StartFault{
        "System.ArgumentException: The Org Authorization Server is not supported. "
        "(Parameter 'AuthorizationServerId')",
        server->origin};
    return;
  }
  const std::string id = server == nullptr ? std::string(kOktaServer) : server->text;
  settings.authority = model::TextSetting(without_end_slash(domain.value()) + "/oauth2/" + id,
                                          server == nullptr ? domain.origin() : server->origin);
  if (server == nullptr) {
    validator.note(NoteKind::kAssumed,
                   "AuthorizationServerId is absent and taken as \"default\", the package's own "
                   "default; code that copies the absent value asks the org's own server, with "
                   "which the service does not start",
                   domain.origin());
  }
}

DeployedValidator begin(const Section& section) {
  DeployedValidator validator;
  model::ValidatorSettings& settings = validator.settings;
  settings.profile = kProfile;
  settings.instance = section.text("Instance");
  settings.tenant_id = section.text("TenantId");
  settings.client_id = section.text("ClientId");
  settings.audiences = as_list(settings.client_id);
  return validator;
}

model::StartFault no_url(const model::TextSetting& instance) {
  return {"System.UriFormatException: Invalid URI: '" + base::printable(instance.value()) + "'",
          instance.origin()};
}

}  // namespace

DeployedValidator read_okta(const Configuration& configuration, const std::string& section_path) {
  Section section(configuration, section_path);
  const model::TextSetting domain = section.text({"OktaDomain", "Domain"});
  if (!domain.has_value() || section.text("Authority").has_value()) {
    return read_authority_section(configuration, section_path);
  }
  DeployedValidator validator;
  model::ValidatorSettings& settings = validator.settings;
  settings.profile = kProfile;
  settings.instance = domain;
  make_okta_authority(validator, section, domain);
  set_okta_defaults(validator, section);
  return validator;
}

DeployedValidator read_azure_ad_ui(const Configuration& configuration,
                                   const std::string& section_path) {
  const Section section(configuration, section_path);
  DeployedValidator validator = begin(section);
  model::ValidatorSettings& settings = validator.settings;
  const auto instance = base::parse_url(settings.instance.value());
  const auto authority =
      instance ? base::resolve_url(*instance, settings.tenant_id.value()) : instance;
  if (!authority) {
    settings.options_fault = no_url(settings.instance);
    return validator;
  }
  const model::TextSetting& named =
      settings.tenant_id.has_value() ? settings.tenant_id : settings.instance;
  settings.authority = model::TextSetting(authority->text(), named.origin());
  validator.note(
      NoteKind::kAssumed,
      "read as Microsoft.AspNetCore.Authentication.AzureAD.UI does: the authority is that "
      "of version 1, without /v2.0",
      named.origin());
  return validator;
}

DeployedValidator read_azure_ad_b2c_ui(const Configuration& configuration,
                                       const std::string& section_path) {
  const Section section(configuration, section_path);
  DeployedValidator validator = begin(section);
  model::ValidatorSettings& settings = validator.settings;
  settings.user_flow = section.text("SignUpSignInPolicyId");
  const auto instance = base::parse_url(settings.instance.value());
  if (!instance) {
    settings.options_fault = no_url(settings.instance);
    return validator;
  }
  const model::TextSetting domain = section.text("Domain");
  settings.authority =
      model::TextSetting(instance->origin() + without_end_slash(instance->path) + "/" +
                             domain.value() + "/" + settings.user_flow.value() + "/v2.0",
                         settings.user_flow.origin());
  return validator;
}

}  // namespace idpwatch::deployed
