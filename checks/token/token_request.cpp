#include "base/text.hpp"
#include "checks/token/token_owner.hpp"

#include <array>

namespace idpwatch::checks {
namespace {

struct Resource {
  std::string_view audience, name;
};

constexpr std::array<Resource, 16> kMicrosoft{{
    {"00000003-0000-0000-c000-000000000000", "Microsoft Graph"},
    {"https://graph.microsoft.com", "Microsoft Graph"},
    {"https://graph.microsoft.us", "Microsoft Graph"},
    {"https://microsoftgraph.chinacloudapi.cn", "Microsoft Graph"},
    {"00000002-0000-0000-c000-000000000000", "Azure AD Graph"},
    {"https://graph.windows.net", "Azure AD Graph"},
    {"00000003-0000-0ff1-ce00-000000000000", "SharePoint Online"},
    {"00000002-0000-0ff1-ce00-000000000000", "Exchange Online"},
    {"https://outlook.office365.com", "Exchange Online"},
    {"https://outlook.office.com", "Exchange Online"},
    {"https://management.azure.com", "Azure Resource Manager"},
    {"https://management.core.windows.net", "Azure Resource Manager"},
    {"797f4846-ba00-4fd7-ba43-dac1f8f63013", "Azure Resource Manager"},
    {"https://vault.azure.net", "Azure Key Vault"},
    {"cfa8b339-82a2-471a-a3c9-0fc0be7a4093", "Azure Key Vault"},
    {"https://storage.azure.com", "Azure Storage"},
}};

std::string scope_of(const std::string& audience) {
  return audience.ends_with('/') ? audience + ".default" : audience + "/.default";
}

}  // namespace

std::string_view microsoft_resource(std::string_view audience) {
  std::string_view bare = audience;
  if (bare.starts_with("spn:")) bare.remove_prefix(4);
  while (bare.ends_with('/')) bare.remove_suffix(1);
  for (const Resource& one : kMicrosoft) {
    if (base::iequals(one.audience, bare)) return one.name;
  }
  return {};
}

std::string how_to_ask(const TokenOwner& owner, const TokenForm& form,
                       const std::string& audience) {
  const std::string named = base::printable(audience, 200);
  const std::string azp = base::printable(form.claim_text("azp"), 80);
  switch (owner.issuer) {
    case Issuer::kEntra:
    case Issuer::kExternalId:
      return "the client asks for a scope of this API: scope=" + scope_of(named) +
             " (or one of its scopes by name); one token for each resource that it calls";
    case Issuer::kB2c:
      return "the client asks for a scope of this API (https://TENANT.onmicrosoft.com/API/SCOPE), "
             "so that aud becomes \"" +
             named + "\"";
    case Issuer::kAdfs:
      return "the client asks for resource=" + named + ", the identifier of this Web API in AD FS";
    case Issuer::kAuth0:
      return "register this API in Auth0, and have the client pass its identifier as audience=" +
             named + " when it asks for the token";
    case Issuer::kOkta:
      return "let a custom authorization server with the audience \"" + named +
             "\" issue the token";
    case Issuer::kKeycloak:
      return "add an audience mapper (Included Client Audience: " + named +
             ") to a client scope that " + (azp.empty() ? "the calling client" : azp) + " uses";
    case Issuer::kCognito:
      return "the client asks for resource=" + named + ", or the service compares client_id";
    case Issuer::kGoogle:
      return "the caller asks for an identity token for this service: audience=" + named +
             " at the metadata server, or gcloud auth print-identity-token --audiences=" + named;
    case Issuer::kKubernetes:
      return "set audience: " + named +
             " on the projected serviceAccountToken volume (or kubectl "
             "create token --audience=" +
             named + ")";
    case Issuer::kGithubActions:
      return "the workflow asks for &audience=" + named + " at ACTIONS_ID_TOKEN_REQUEST_URL";
    case Issuer::kGitlab:
      return "set id_tokens: NAME: aud: " + named + " in the job";
    case Issuer::kOther:
    case Issuer::kGoogleIap:
    case Issuer::kGoogleServiceAccount:
    case Issuer::kAwsAlb:
    case Issuer::kSupabase:
    case Issuer::kFirebase:
      break;
  }
  return "the client names this API when it asks for the token (audience=" + named +
         " or resource=" + named + ", RFC 8707)";
}

}  // namespace idpwatch::checks
