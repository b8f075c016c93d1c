#include "forecast/other_names.hpp"

#include "base/text.hpp"
#include "base/url.hpp"
#include "forecast/imagined.hpp"

namespace idpwatch::forecast {

namespace {

constexpr std::size_t kGuidLength = 36;

}  // namespace

std::string other_audience(const std::string& audience) {
  const bool prefixed = audience.starts_with(kApi);
  const std::string bare = prefixed ? audience.substr(kApi.size()) : audience;
  if (bare.size() != kGuidLength || bare[8] != '-' || bare[13] != '-') return {};
  return prefixed ? bare : std::string(kApi) + bare;
}

bool signs_elsewhere(const std::string& issuer, const std::string& document_issuer) {
  if (!entra_tenant(issuer).empty() && !entra_tenant(document_issuer).empty()) return false;
  const auto a = base::parse_url(issuer);
  const auto b = base::parse_url(document_issuer);
  if (!a || !b) return issuer != document_issuer;
  const auto path = [](const base::Url& url) {
    return base::to_lower(url.path.ends_with('/') ? url.path.substr(0, url.path.size() - 1)
                                                  : url.path);
  };
  const auto local = [](const base::Url& url) { return url.host.find('.') == std::string::npos; };
  if (path(*a) != path(*b)) return true;
  return !base::iequals(a->host, b->host) && !local(*a) && !local(*b);
}

}  // namespace idpwatch::forecast
