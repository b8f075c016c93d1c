#include "forecast/claims/token_names.hpp"

#include "forecast/claims/other_names.hpp"
#include "forecast/claims/synthetic_token.hpp"
#include "forecast/history/body_reading.hpp"

#include <algorithm>

namespace idpwatch::forecast {

namespace {

using model::AuthorityFamily;

std::string issuer_without_keys(const DeploymentView& view, const validators::World& healthy,
                                base::Instant now) {
  const std::string& url = view.validator->addresses().metadata;
  std::string issuer = url.empty() ? "" : read_body(healthy.fetch(url, now).body).document.issuer;
  if (issuer.empty()) issuer = view.authority->issuer;
  if (!issuer.empty()) return issuer;
  // Where no document says it: no authority issues tokens without one.
  const auto& issuers = view.settings.issuers.value();
  return issuers.empty() ? view.settings.authority.value() : issuers.front();
}

}  // namespace

TokenNames::TokenNames(const DeploymentView& view, const validators::World& healthy,
                       const KeySetVersion* published, base::Instant now)
    : view_(view),
      settings_(view.settings),
      published_(published),
      document_issuer_(published == nullptr || published->issuer.empty()
                           ? issuer_without_keys(view, healthy, now)
                           : published->issuer) {
  if (const auto& own = view.validator->tokens().family) {
    family_ = *own;
  } else {
    family_ = published == nullptr ? model::family_of_url(document_issuer_) : published->family;
  }
}

bool TokenNames::is_entra() const {
  return family_ == AuthorityFamily::kEntra || family_ == AuthorityFamily::kExternalId;
}

std::string TokenNames::token_issuer() const {
  if (view_.tokens.issuer) return *view_.tokens.issuer;
  if (published_ != nullptr && !published_->access_issuer.empty()) {
    return published_->access_issuer;
  }
  const std::string& issuer = document_issuer_;
  const std::size_t at = issuer.find(kTenantTemplate);
  if (at == std::string::npos) return issuer;
  for (const std::string& one : settings_.issuers.value()) {
    const std::string end = issuer.substr(at + kTenantTemplate.size());
    if (one.starts_with(issuer.substr(0, at)) && one.ends_with(end)) return one;
  }
  return with_tenant(issuer, settings_.tenant_id.value());
}

std::string TokenNames::other_version(const std::string& issuer) const {
  return model::other_entra_issuer(issuer, view_.validator->addresses().metadata);
}

bool TokenNames::has_other_keys(const std::string& issuer) const {
  if (published_ == nullptr || issuer == published_->issuer ||
      issuer == published_->access_issuer) {
    return false;
  }
  const auto& others = view_.tokens.other_keys;
  if (!others.empty()) {
    return std::any_of(others.begin(), others.end(),
                       [this](const model::Jwk& key) { return !published_->has(key.thumbprint); });
  }
  const std::vector<std::string>& listed = settings_.issuers.value();
  return signs_elsewhere(issuer, *published_) &&
         std::find(listed.begin(), listed.end(), issuer) == listed.end();
}

bool TokenNames::names_another_host(const std::string& issuer) const {
  const bool told = published_ != nullptr && published_->access_issuer == issuer;
  return !told && !is_entra() && differs_by_host(issuer, document_issuer_);
}

}  // namespace idpwatch::forecast
