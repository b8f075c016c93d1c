#include "providers.hpp"

#include <utility>

namespace idpwatch::setups {

namespace {

using nlohmann::json;

constexpr auto kDomain = "contoso.onmicrosoft.com";
const std::string kApiUri = "api://" + kApp;

Provider plain(std::string name, const std::string& authority, const std::string& issuer,
               std::optional<std::string> audience) {
  std::string base = authority;
  while (base.ends_with('/')) base.pop_back();
  Provider made;
  made.name = std::move(name);
  made.authority = authority;
  made.document = {{"issuer", issuer}, {"jwks_uri", base + "/keys"}};
  made.documents = {{base, made.document}};
  made.tokens = {{issuer, std::move(audience)}};
  return made;
}

Provider with(Provider made, const std::string& member, const json& value) {
  made.document[member] = value;
  made.documents[made.authority.ends_with('/') ? made.authority.substr(0, made.authority.size() - 1)
                                               : made.authority] = made.document;
  return made;
}

// A tenant of Entra ID: its two addresses have documents of their own and the same keys.
Provider entra(const std::string& name, const std::string& login, const std::string& sts,
               const std::string& tenant, bool second) {
  const std::string root = "https://" + login + "/";
  const std::string v2 = root + kTenant + "/v2.0";
  const std::string v1 = "https://" + sts + "/" + kTenant + "/";
  Provider made;
  made.name = name;
  made.authority = root + tenant + (second ? "/v2.0" : "");
  const auto document = [&](const std::string& issuer, const std::string& keys) {
    return json{{"issuer", issuer},
                {"jwks_uri", root + tenant + "/discovery/" + keys},
                {"cloud_instance_name", login.substr(login.find('.') + 1)},
                {"tenant_region_scope", "EU"}};
  };
  made.documents = {{root + tenant + "/v2.0", document(v2, "v2.0/keys")},
                    {root + tenant, document(v1, "keys")}};
  made.document = made.documents.at(made.authority);
  made.tokens = {{v2, kApp, kTenant, "2.0"}, {v1, kApiUri, kTenant, "1.0"}};
  made.host = root;
  made.realm = tenant;
  return made;
}

// Microsoft.Identity.Web asks "common" about the tokens of version 1 of "organizations".
Provider many_tenants(const std::string& tenant) {
  const std::string root = "https://login.microsoftonline.com/";
  Provider made =
      entra("Entra ID, " + tenant, "login.microsoftonline.com", "sts.windows.net", tenant, true);
  made.documents[root + "common"] = made.documents.at(root + tenant);
  for (auto& [base, document] : made.documents) {
    document["issuer"] =
        base.ends_with("/v2.0") ? root + "{tenantid}/v2.0" : "https://sts.windows.net/{tenantid}/";
  }
  made.document = made.documents.at(made.authority);
  return made;
}

Provider b2c() {
  const std::string root = "https://contoso.b2clogin.com/";
  const std::string policy = root + kDomain + "/B2C_1_susi";
  const std::string issuer = root + kTenant + "/v2.0/";
  Provider made = plain("Azure AD B2C", policy + "/v2.0", issuer, kApp);
  made = with(std::move(made), "jwks_uri", policy + "/discovery/v2.0/keys");
  made.tokens[0].version = "1.0";
  made.host = root;
  made.realm = kDomain;
  return made;
}

Provider external_id() {
  const std::string root = "https://contoso.ciamlogin.com/";
  const std::string issuer = "https://" + kTenant + ".ciamlogin.com/" + kTenant + "/v2.0";
  Provider made = plain("Entra External ID", root + kTenant + "/v2.0", issuer, kApp);
  made = with(std::move(made), "jwks_uri", root + kTenant + "/discovery/v2.0/keys");
  made.tokens[0].tenant = kTenant;
  made.tokens[0].version = "2.0";
  made.host = root;
  made.realm = kTenant;
  return made;
}

Provider adfs() {
  const std::string root = "https://adfs.contoso.com/adfs";
  const std::string trust = "http://adfs.contoso.com/adfs/services/trust";
  Provider made = plain("AD FS", root, root, "microsoft:identityserver:" + kApp);
  made = with(std::move(made), "access_token_issuer", trust);
  made.tokens[0].issuer = trust;
  return made;
}

Provider named(Provider made, std::string host, std::string realm) {
  made.host = std::move(host);
  made.realm = std::move(realm);
  return made;
}

}  // namespace

const std::vector<Provider>& providers() {
  static const std::vector<Provider> all{
      plain("Duende IdentityServer", "https://id.contoso.com", "https://id.contoso.com", "orders"),
      plain("OpenIddict", "https://login.contoso.com/", "https://login.contoso.com/", "orders"),
      named(plain("Auth0", "https://contoso.eu.auth0.com/", "https://contoso.eu.auth0.com/",
                  "https://api.contoso.com"),
            "contoso.eu.auth0.com", ""),
      named(plain("Okta", "https://dev-1.okta.com/oauth2/default",
                  "https://dev-1.okta.com/oauth2/default", "api://default"),
            "https://dev-1.okta.com", "default"),
      named(plain("Keycloak", "https://sso.contoso.com/realms/shop",
                  "https://sso.contoso.com/realms/shop", "orders"),
            "https://sso.contoso.com/", "shop"),
      named(plain("Keycloak under /auth", "https://sso.contoso.com/auth/realms/shop",
                  "https://sso.contoso.com/auth/realms/shop", "orders"),
            "https://sso.contoso.com/auth", "shop"),
      named(
          plain("Cognito", "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEf",
                "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEf", std::nullopt),
          "eu-central-1", "eu-central-1_AbCdEf"),
      plain("Firebase", "https://securetoken.google.com/contoso-shop",
            "https://securetoken.google.com/contoso-shop", "contoso-shop"),
      plain("Google", "https://accounts.google.com", "https://accounts.google.com",
            "1234.apps.googleusercontent.com"),
      entra("Entra ID", "login.microsoftonline.com", "sts.windows.net", kTenant, true),
      entra("Entra ID, version 1", "login.microsoftonline.com", "sts.windows.net", kTenant, false),
      entra("Entra ID by domain", "login.microsoftonline.com", "sts.windows.net", kDomain, true),
      entra("Entra ID, US Government", "login.microsoftonline.us", "sts.windows.net", kTenant,
            true),
      entra("Entra ID, China", "login.partner.microsoftonline.cn", "sts.chinacloudapi.cn", kTenant,
            true),
      many_tenants("common"),
      many_tenants("organizations"),
      b2c(),
      external_id(),
      adfs(),
  };
  return all;
}

}  // namespace idpwatch::setups
