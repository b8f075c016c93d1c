#include "forecast/claims/synthetic_token.hpp"

namespace idpwatch::forecast {

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

Signer stranger_to(const validators::Validator& validator) {
  return {"none", validator.tokens().algorithm, "none"};
}

std::shared_ptr<const validators::TokenView> synthetic_token(const Claims& claims,
                                                             const Signer& signer,
                                                             const Lifetime& lifetime) {
  auto token = std::make_shared<validators::TokenView>();
  token->alg = signer.alg;
  if (claims.kid) token->kid = signer.kid;
  token->typ = claims.typ;
  token->issuer = claims.issuer;
  token->audiences = claims.audiences;
  if (claims.not_before) token->not_before = base::to_unix_seconds(lifetime.not_before);
  token->has_scope_or_role = claims.scope;
  token->expires = base::to_unix_seconds(lifetime.expires);
  if (claims.family == model::AuthorityFamily::kB2c) {
    token->version = "1.0";  // and no tid
  } else if (const auto entra = model::entra_issuer(claims.issuer, claims.family)) {
    token->tenant_id = entra->tenant;
    token->version = claims.version.empty() ? entra->version : claims.version;
  }
  token->parts.signed_by = signer.thumbprint;
  return token;
}

std::string with_tenant(std::string issuer, const std::string& tenant) {
  const std::size_t at = issuer.find(kTenantTemplate);
  if (at == std::string::npos) return issuer;
  return issuer.replace(at, kTenantTemplate.size(), model::is_guid(tenant) ? tenant : kSomeTenant);
}

std::string without_made_up_tenant(std::string text, std::string_view instead) {
  for (std::size_t at = text.find(kSomeTenant); at != std::string::npos;
       at = text.find(kSomeTenant, at)) {
    text.replace(at, kSomeTenant.size(), instead);
  }
  return text;
}

std::string entra_tenant(std::string_view issuer, model::AuthorityFamily family) {
  const auto known = model::entra_issuer(issuer, family);
  return known ? known->tenant : std::string();
}

}  // namespace idpwatch::forecast
