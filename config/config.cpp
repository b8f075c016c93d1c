#include "config/config.hpp"

#include "base/url.hpp"

#include <algorithm>
#include <array>

namespace idpwatch::config {

std::string_view to_text(HttpMethod method) {
  constexpr std::array<std::string_view, 6> kNames{"GET", "POST", "HEAD", "PUT", "PATCH", "DELETE"};
  return kNames.at(static_cast<std::size_t>(method));
}

std::string_view to_text(ForwardedProto proto) {
  return proto == ForwardedProto::kHttps ? "https" : "http";
}

model::AuthoritySpec Config::authority_of(const std::string& issuer) const {
  model::AuthoritySpec spec;
  spec.name = base::without_url_secrets(issuer);
  spec.issuer = issuer;
  spec.interval = defaults.interval;
  spec.timeout = defaults.timeout;
  spec.http2 = defaults.http2;
  spec.ip_version = defaults.ip_version;
  spec.proxy = defaults.proxy;
  spec.ca_file = defaults.ca_file;
  return spec;
}

const AuthorityConfig* Config::find_authority(std::string_view name_or_issuer) const {
  const auto by = [&](auto member) {
    return std::find_if(authorities.begin(), authorities.end(), [&](const AuthorityConfig& each) {
      return each.spec.*member == name_or_issuer;
    });
  };
  auto found = by(&model::AuthoritySpec::name);
  if (found == authorities.end()) found = by(&model::AuthoritySpec::issuer);
  return found == authorities.end() ? nullptr : &*found;
}

}  // namespace idpwatch::config
