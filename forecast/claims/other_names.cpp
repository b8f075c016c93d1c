#include "forecast/claims/other_names.hpp"

#include "base/text.hpp"
#include "base/url.hpp"
#include "forecast/claims/synthetic_token.hpp"
#include "model/authority_family.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace idpwatch::forecast {

namespace {

// "accounts.google.com" is how Google's tokens may write https://accounts.google.com.
std::optional<base::Url> as_url(const std::string& issuer) {
  auto url =
      base::parse_url(issuer.find("://") == std::string::npos ? "https://" + issuer : issuer);
  return url ? std::optional(std::move(*url)) : std::nullopt;
}

std::string plain_path(const base::Url& url) {
  std::string_view path = url.path;
  while (path.ends_with('/')) path.remove_suffix(1);
  return base::to_lower(path);
}

// One server, several authorities with keys of their own: what stands behind these names them.
constexpr std::array<std::string_view, 3> kRealmsBehind = {"/realms/", "/oauth2/", "/tfp/"};

bool another_realm(const std::string& a, const std::string& b) {
  for (const std::string_view behind : kRealmsBehind) {
    const std::size_t in_a = a.find(behind);
    const std::size_t in_b = b.find(behind);
    if (in_a == std::string::npos && in_b == std::string::npos) continue;
    return a != b;
  }
  return false;
}

// Names that nobody outside can ask: without a dot, of a private zone, an address.
bool is_local(const base::Url& url) {
  constexpr std::array<std::string_view, 6> kPrivateZones = {".internal", ".local", ".localhost",
                                                             ".lan",      ".svc",   ".home.arpa"};
  const std::string& host = url.host;
  const bool address =
      host.starts_with('[') || host.find_first_not_of("0123456789.") == std::string::npos;
  return address || host.find('.') == std::string::npos ||
         std::any_of(kPrivateZones.begin(), kPrivateZones.end(),
                     [&](std::string_view zone) { return host.ends_with(zone); });
}

}  // namespace

std::string other_audience(const std::string& audience) {
  const bool prefixed = audience.starts_with(kApi);
  const std::string bare = prefixed ? audience.substr(kApi.size()) : audience;
  if (!model::is_guid(bare)) return {};
  return prefixed ? bare : std::string(kApi) + bare;
}

bool names_another_realm(const std::string& a, const std::string& b) {
  const auto first = as_url(a);
  const auto second = as_url(b);
  return first && second && another_realm(plain_path(*first), plain_path(*second));
}

bool differs_by_host(const std::string& a, const std::string& b) {
  const auto first = as_url(a);
  const auto second = as_url(b);
  return first && second && first->origin() != second->origin();
}

bool signs_elsewhere(const std::string& issuer, const KeySetVersion& published) {
  if (issuer == published.issuer || issuer == published.access_issuer) return false;
  if (!entra_tenant(issuer).empty() && !entra_tenant(published.issuer, published.family).empty()) {
    return false;
  }
  const auto a = as_url(issuer);
  const auto b = as_url(published.issuer);
  if (!a || !b) return issuer != published.issuer;
  const std::string path = plain_path(*a);
  const std::string own_path = plain_path(*b);
  if (base::iequals(a->host, b->host)) return another_realm(path, own_path);
  return path != own_path || (!is_local(*a) && !is_local(*b));
}

}  // namespace idpwatch::forecast
