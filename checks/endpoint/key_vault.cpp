#include "checks/endpoint/key_vault.hpp"

#include "base/text.hpp"
#include "base/url.hpp"
#include "checks/token/token_owner.hpp"

#include <algorithm>
#include <array>

namespace idpwatch::checks {
namespace {

constexpr std::string_view kApplication = "cfa8b339-82a2-471a-a3c9-0fc0be7a4093";
constexpr std::array<std::string_view, 8> kResources{"https://vault.azure.net",
                                                     "https://vault.azure.cn",
                                                     "https://vault.usgovcloudapi.net",
                                                     "https://vault.microsoftazure.de",
                                                     "https://managedhsm.azure.net",
                                                     "https://managedhsm.azure.cn",
                                                     "https://managedhsm.usgovcloudapi.net",
                                                     "https://managedhsm.microsoftazure.de"};

std::string_view bare(std::string_view text) {
  while (text.ends_with('/')) text.remove_suffix(1);
  return text;
}

}  // namespace

bool is_vault_resource(std::string_view resource) {
  return std::find(kResources.begin(), kResources.end(), bare(resource)) != kResources.end();
}

bool fits_vault(std::string_view audience, std::string_view resource) {
  return audience == resource || audience == kApplication;
}

std::string vault_mix_up(std::string_view audience, std::string_view resource,
                         std::string_view host) {
  const std::string_view own = audience.starts_with("spn:") ? audience.substr(4) : audience;
  if (audience.starts_with("spn:") && bare(own) == bare(resource)) {
    return "the token's audience has the spn: form, which Key Vault does not accept";
  }
  if (bare(own) == bare(resource)) {
    return "one slash at the end too many: Key Vault compares letter by letter";
  }
  if (is_vault_resource(own)) return "it is for Key Vault of another Azure cloud";
  const auto url = base::parse_url(own);
  if (url && url->host == host) {
    return "it names the vault's own host in place of the resource of all vaults";
  }
  const std::string_view name = microsoft_resource(own);
  if (!name.empty()) return "it is a token for " + std::string(name);
  return "it is a token for another resource";
}

}  // namespace idpwatch::checks
