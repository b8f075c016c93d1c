#include "config/config.hpp"

#include "base/enum_names.hpp"
#include "base/url.hpp"

#include <algorithm>

namespace idpwatch::config {

namespace {

constexpr base::EnumNames<CallMethod> kCallMethods{{CallMethod::kGet, "GET"},
                                                   {CallMethod::kPost, "POST"}};
constexpr base::EnumNames<PageMethod> kPageMethods{
    {PageMethod::kGet, "GET"}, {PageMethod::kPost, "POST"},   {PageMethod::kHead, "HEAD"},
    {PageMethod::kPut, "PUT"}, {PageMethod::kPatch, "PATCH"}, {PageMethod::kDelete, "DELETE"}};
constexpr base::EnumNames<ForwardedProto> kProtos{{ForwardedProto::kHttps, "https"},
                                                  {ForwardedProto::kHttp, "http"}};

}  // namespace

std::string_view to_text(CallMethod method) { return kCallMethods.text(method); }
std::string_view to_text(PageMethod method) { return kPageMethods.text(method); }
std::string_view to_text(ForwardedProto proto) { return kProtos.text(proto); }

model::DeclaredRoute DeploymentRoute::declared() const {
  model::DeclaredRoute told{proxy, no_proxy, ca_file, std::nullopt};
  if (same_place.has_value()) told.same_place = same_place.value();
  return told;
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
