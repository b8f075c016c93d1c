#include "deployed/dotnet/identity_web_section.hpp"

#include "base/text.hpp"
#include "base/url.hpp"
#include "deployed/dotnet/bearer_options.hpp"
#include "deployed/dotnet/section.hpp"
#include "model/authority_family.hpp"

namespace idpwatch::deployed {

namespace {

// https://contoso.ciamlogin.com/ stands for https://contoso.ciamlogin.com/contoso.onmicrosoft.com.
std::string expand_external_id(const std::string& authority) {
  const auto url = base::parse_url(authority);
  const std::string name = url ? model::external_id_name(url->host) : std::string();
  if (name.empty() || url->path != "/") return authority;
  return build_entra_authority(authority, name + ".onmicrosoft.com/v2.0");
}

model::StartFault missing(std::string_view option, const Section& section) {
  return {"IDW10106: The '" + std::string(option) + "' option must be provided.", section.origin()};
}

// The options are looked at in this order (MergedOptionsValidation).
void check_required(model::ValidatorSettings& settings, const Section& section, bool b2c) {
  if (settings.options_fault) return;
  if (!settings.client_id.has_value()) {
    settings.options_fault = missing("ClientId", section);
  } else if (section.text("Authority").has_value()) {
    return;
  } else if (!settings.instance.has_value()) {
    settings.options_fault = missing("Instance", section);
  } else if (b2c && !section.text("Domain").has_value()) {
    settings.options_fault = missing("Domain", section);
  } else if (!b2c && !settings.tenant_id.has_value()) {
    settings.options_fault = missing("TenantId", section);
  }
}

void make_authority(model::ValidatorSettings& settings, const Section& section,
                    const model::TextSetting& user_flow) {
  const model::TextSetting authority = section.text("Authority");
  if (authority.has_value()) {
    settings.authority =
        model::TextSetting(ensure_v2(expand_external_id(authority.value())), authority.origin());
    return;
  }
  if (!settings.instance.has_value()) return;
  const std::string rest = user_flow.has_value()
                               ? section.text("Domain").value() + "/" + user_flow.value() + "/v2.0"
                               : settings.tenant_id.value() + "/v2.0";
  const std::string built = build_entra_authority(settings.instance.value(), rest);
  if (built.empty()) {
    settings.options_fault = model::StartFault{"System.UriFormatException: Invalid URI: '" +
                                                   base::printable(settings.instance.value()) + "'",
                                               settings.instance.origin()};
    return;
  }
  const model::TextSetting& named =
      settings.tenant_id.has_value() ? settings.tenant_id : settings.instance;
  settings.authority = model::TextSetting(ensure_v2(built), named.origin());
}

void note_traps(DeployedValidator& validator, const Section& section) {
  const model::ValidatorSettings& settings = validator.settings;
  const model::TextSetting authority = section.text("Authority");
  if (authority.has_value() && settings.tenant_id.has_value()) {
    validator.note(NoteKind::kTrap,
                   "Authority decides which tokens are accepted; TenantId and Instance beside it "
                   "are only for acquiring tokens",
                   authority.origin());
  }
  const auto url = base::parse_url(settings.instance.value());
  if (settings.instance.has_value() && url && url->path != "/" && !url->path.ends_with('/')) {
    validator.note(NoteKind::kTrap,
                   "Instance has a path without a slash at its end: the tenant is glued to it",
                   settings.instance.origin());
  }
}

}  // namespace

std::string build_entra_authority(std::string_view instance, std::string_view rest) {
  const auto url = base::parse_url(instance);
  if (!url) return {};
  const std::string query = url->query.empty() ? "" : "?" + url->query;
  return url->origin() + url->path + query + std::string(rest);
}

std::string ensure_v2(std::string_view authority) {
  authority = base::trim(authority);
  while (authority.ends_with('/')) authority.remove_suffix(1);
  if (authority.ends_with("v2.0")) return std::string(authority);
  return std::string(authority) + "/v2.0";
}

DeployedValidator read_identity_web(const Configuration& configuration,
                                    const std::string& section_path) {
  DeployedValidator validator;
  model::ValidatorSettings& settings = validator.settings;
  Section section(configuration, section_path);
  settings.profile = "microsoft-identity-web";
  settings.instance = section.text("Instance");
  settings.tenant_id = section.text("TenantId");
  settings.client_id = section.text("ClientId");
  settings.allow_acl = section.flag("AllowWebApiToBeAuthorizedByACL");
  read_bearer_options(settings, section);
  read_validation_parameters(settings, section, section.text("Audience"));
  settings.user_flow = section.text({"SignUpSignInPolicyId", "DefaultUserFlow"});
  make_authority(settings, section, settings.user_flow);
  check_required(settings, section, settings.user_flow.has_value());
  note_traps(validator, section);
  return validator;
}

}  // namespace idpwatch::deployed
