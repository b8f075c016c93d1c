#include "forecast/imagined.hpp"

#include <array>
#include <string_view>

namespace idpwatch::forecast {

namespace {

constexpr std::string_view kV1Prefix = "https://sts.windows.net/";
constexpr std::string_view kV2Prefix = "https://login.microsoftonline.com/";
constexpr std::string_view kV2Suffix = "/v2.0";

bool is_guid(std::string_view text) {
  constexpr std::size_t kLength = 36;
  return text.size() == kLength && text[8] == '-' && text[13] == '-' && text[18] == '-' &&
         text[23] == '-';
}

}  // namespace

Signer signer_of(const model::Jwk& key, const std::optional<std::string>& algorithm) {
  Signer signer;
  signer.thumbprint = key.thumbprint;
  signer.kid = key.kid;
  if (algorithm) {
    signer.alg = *algorithm;
  } else if (key.alg) {
    signer.alg = *key.alg;
  } else if (key.type == model::KeyType::kEc) {
    signer.alg = key.crv == "P-384" ? "ES384" : key.crv == "P-521" ? "ES512" : "ES256";
  } else if (key.type == model::KeyType::kOkp) {
    signer.alg = "EdDSA";
  } else {
    signer.alg = "RS256";
  }
  return signer;
}

std::shared_ptr<const validators::TokenView> imagine(const Claims& claims, const Signer& signer,
                                                     const Lifetime& lifetime) {
  auto token = std::make_shared<validators::TokenView>();
  token->alg = signer.alg;
  token->kid = signer.kid;
  token->typ = claims.typ;
  token->issuer = claims.issuer;
  token->audiences = claims.audiences;
  token->not_before = base::to_unix_seconds(lifetime.not_before);
  token->expires = base::to_unix_seconds(lifetime.expires);
  if (const std::string tenant = entra_tenant(claims.issuer); !tenant.empty()) {
    token->tenant_id = tenant;
    token->version = claims.version.empty() ? entra_version(claims.issuer) : claims.version;
  }
  token->parts.signed_by = signer.thumbprint;
  return token;
}

std::string with_tenant(std::string issuer, const std::string& tenant) {
  const std::size_t at = issuer.find(kTenantTemplate);
  if (at == std::string::npos) return issuer;
  return issuer.replace(at, kTenantTemplate.size(), is_guid(tenant) ? tenant : kSomeTenant);
}

std::string without_made_up_tenant(std::string text, std::string_view instead) {
  for (std::size_t at = text.find(kSomeTenant); at != std::string::npos;
       at = text.find(kSomeTenant, at)) {
    text.replace(at, kSomeTenant.size(), instead);
  }
  return text;
}

std::string entra_tenant(std::string_view issuer) {
  if (issuer.starts_with(kV1Prefix)) {
    issuer.remove_prefix(kV1Prefix.size());
  } else if (issuer.starts_with(kV2Prefix)) {
    issuer.remove_prefix(kV2Prefix.size());
  } else {
    return {};
  }
  return std::string(issuer.substr(0, issuer.find('/')));
}

std::string entra_version(std::string_view issuer) {
  if (issuer.starts_with(kV1Prefix)) return "1.0";
  return issuer.starts_with(kV2Prefix) && issuer.ends_with(kV2Suffix) ? "2.0" : "";
}

std::string other_entra_issuer(std::string_view issuer) {
  const std::string tenant = entra_tenant(issuer);
  const std::string version = entra_version(issuer);
  if (tenant.empty() || version.empty()) return {};
  if (version == "2.0") return std::string(kV1Prefix) + tenant + "/";
  return std::string(kV2Prefix) + tenant + std::string(kV2Suffix);
}

}  // namespace idpwatch::forecast
