#include "model/authority_family.hpp"

#include "base/text.hpp"
#include "base/url.hpp"

#include <algorithm>
#include <array>

namespace idpwatch::model {

namespace {

constexpr std::string_view kExternalIdHost = ".ciamlogin.com";
constexpr std::string_view kB2cHost = ".b2clogin.com";

// A cloud of Entra ID: whose tokens of version 1 are issued by `sts`, those of version 2 by
// `login`.
struct Cloud {
  std::string_view login;
  std::string_view sts;
};
constexpr std::array<Cloud, 4> kClouds = {{
    {"login.microsoftonline.com", "sts.windows.net"},
    {"login.microsoftonline.us", "sts.windows.net"},
    {"login.partner.microsoftonline.cn", "sts.chinacloudapi.cn"},
    {"login.microsoftonline.de", "sts.microsoftonline.de"},
}};
// Other names under which the hosts above are asked.
struct Alias {
  std::string_view host, login;
};
constexpr std::array<Alias, 5> kAliases = {{
    {"login.windows.net", "login.microsoftonline.com"},
    {"login.microsoft.com", "login.microsoftonline.com"},
    {"login-us.microsoftonline.com", "login.microsoftonline.us"},
    {"login.usgovcloudapi.net", "login.microsoftonline.us"},
    {"login.chinacloudapi.cn", "login.partner.microsoftonline.cn"},
}};
constexpr std::string_view kV2End = "/v2.0";

// Where no host of Microsoft's can be in a URL: most are told apart by this, and read no further.
bool names_no_host(std::string_view url) {
  constexpr std::array<std::string_view, 5> kDomains = {"microsoft", "windows.net", "cloudapi",
                                                        "b2clogin", "ciamlogin"};
  const std::size_t scheme = url.find("://");
  const std::size_t begin = scheme == std::string_view::npos ? 0 : scheme + 3;
  const std::string host =
      base::to_lower(url.substr(begin, url.find_first_of("/?#", begin) - begin));
  return std::none_of(kDomains.begin(), kDomains.end(), [&](std::string_view domain) {
    return host.find(domain) != std::string::npos;
  });
}

// Empty for a host that is none of Microsoft's.
std::string host_of(std::string_view url) {
  if (names_no_host(url)) return {};
  const auto parsed = base::parse_url(url);
  return parsed ? parsed->host : std::string();
}

const Cloud* cloud_of(std::string_view host) {
  for (const Alias& alias : kAliases) {
    if (alias.host == host) host = alias.login;
  }
  const auto* found = std::find_if(kClouds.begin(), kClouds.end(), [&](const Cloud& cloud) {
    return cloud.login == host || cloud.sts == host;
  });
  return found == kClouds.end() ? nullptr : found;
}

bool is_sts(std::string_view host) {
  return std::any_of(kClouds.begin(), kClouds.end(),
                     [&](const Cloud& cloud) { return cloud.sts == host; });
}

bool has(const Discovery& document, std::string_view member) {
  return document.members.contains(std::string(member));
}

// Members that the documents of Entra ID have, in every cloud and on every host, and those of B2C
// do not.
bool has_cloud_members(const Discovery& document) {
  return has(document, "tenant_region_scope") || has(document, "cloud_instance_name") ||
         has(document, "cloud_graph_host_name") || has(document, "msgraph_host");
}

// .../TENANT/B2C_1_POLICY/discovery/v2.0/keys, or the policy as ?p=.
bool is_b2c_key_address(std::string_view jwks_uri) {
  const auto url = base::parse_url(jwks_uri);
  if (!url || !base::to_lower(url->path).ends_with("/discovery/v2.0/keys")) return false;
  const std::string path = base::to_lower(url->path);
  return path.find("/b2c_1") != std::string::npos ||
         base::to_lower(url->query).starts_with("p=b2c_1") || url->host.ends_with(kB2cHost);
}

// .../TENANT/discovery/keys, .../TENANT/discovery/v2.0/keys.
bool is_entra_key_address(std::string_view jwks_uri) {
  const auto url = base::parse_url(jwks_uri);
  if (!url) return false;
  const std::string path = base::to_lower(url->path);
  return path.ends_with("/discovery/keys") || path.ends_with("/discovery/v2.0/keys");
}

std::string first_segment(const base::Url& url) {
  const std::string_view path = std::string_view(url.path).substr(1);
  return std::string(path.substr(0, path.find('/')));
}

}  // namespace

bool is_guid(std::string_view text) {
  constexpr std::size_t kLength = 36;
  return text.size() == kLength && text[8] == '-' && text[13] == '-' && text[18] == '-' &&
         text[23] == '-';
}

std::string external_id_name(std::string_view host) {
  return host.ends_with(kExternalIdHost)
             ? std::string(host.substr(0, host.size() - kExternalIdHost.size()))
             : std::string();
}

AuthorityFamily family_of_url(std::string_view url) {
  const std::string host = host_of(url);
  if (host.ends_with(kB2cHost)) return AuthorityFamily::kB2c;
  if (!external_id_name(host).empty()) return AuthorityFamily::kExternalId;
  return cloud_of(host) != nullptr ? AuthorityFamily::kEntra : AuthorityFamily::kOther;
}

AuthorityFamily family_of(const Discovery& document) {
  if (access_token_issuer(document)) return AuthorityFamily::kAdfs;
  const std::string issuer = document.issuer.value_or("");
  const std::string jwks_uri = document.jwks_uri.value_or("");
  if (!external_id_name(host_of(issuer)).empty()) return AuthorityFamily::kExternalId;
  if (has_cloud_members(document)) return AuthorityFamily::kEntra;
  if (is_b2c_key_address(jwks_uri)) return AuthorityFamily::kB2c;
  if (is_entra_key_address(jwks_uri)) return AuthorityFamily::kEntra;
  return family_of_url(issuer);
}

std::optional<EntraIssuer> entra_issuer(std::string_view issuer, AuthorityFamily family) {
  const auto entra = [](AuthorityFamily one) {
    return one == AuthorityFamily::kEntra || one == AuthorityFamily::kExternalId;
  };
  if (!entra(family) && names_no_host(issuer)) return std::nullopt;
  // "{" and "}" of the template are no characters of a URL.
  std::string text(issuer);
  constexpr std::string_view kTemplate = "{tenantid}";
  const std::size_t at = text.find(kTemplate);
  if (at != std::string::npos) text.replace(at, kTemplate.size(), "tenantid");
  const auto url = base::parse_url(text);
  if (!url) return std::nullopt;
  const AuthorityFamily by_host = family_of_url(text);
  if (!entra(by_host) && !entra(family)) return std::nullopt;
  EntraIssuer found;
  found.tenant = at == std::string::npos ? first_segment(*url) : std::string(kTemplate);
  if (found.tenant.empty()) return std::nullopt;
  const bool second = url->path.ends_with(kV2End) || url->path.ends_with("/v2.0/");
  found.version = second && !is_sts(url->host) ? "2.0" : "1.0";
  return found;
}

std::string other_entra_issuer(std::string_view issuer, std::string_view beside) {
  const auto known = entra_issuer(issuer);
  if (!known || family_of_url(issuer) != AuthorityFamily::kEntra) return {};
  const std::string host = host_of(issuer);
  const bool sts = is_sts(host);
  const Cloud* cloud = cloud_of(host);
  if (const Cloud* named = cloud_of(host_of(beside));
      sts && named != nullptr && named->sts == host) {
    cloud = named;
  }
  if (known->version == "2.0") {
    return "https://" + std::string(cloud->sts) + "/" + known->tenant + "/";
  }
  if (!sts) return {};
  return "https://" + std::string(cloud->login) + "/" + known->tenant + std::string(kV2End);
}

std::optional<std::string> access_token_issuer(const Discovery& document) {
  const auto found = document.members.find("access_token_issuer");
  if (found == document.members.end()) return std::nullopt;
  const std::string& json = found->second;  // canonical JSON
  if (json.size() < 3 || json.front() != '"') return std::nullopt;
  std::string text = json.substr(1, json.size() - 2);
  if (text.find('\\') != std::string::npos) return std::nullopt;
  return text;
}

}  // namespace idpwatch::model
