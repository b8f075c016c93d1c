#include "model/authority_family.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <utility>

namespace idpwatch::model {

namespace {

using Family = AuthorityFamily;

const std::string kTenant = "11111111-2222-3333-4444-555555555555";

Family family(const nlohmann::json& document) { return family_of(*parse_discovery(document)); }

}  // namespace

TEST_CASE("the document says which product it is, whatever the host is called", "[model]") {
  const std::string own = "https://login.contoso.com/" + kTenant;
  CHECK(family({{"issuer", own + "/v2.0"}, {"cloud_instance_name", "microsoftonline.us"}}) ==
        Family::kEntra);
  CHECK(family({{"issuer", own + "/v2.0"}, {"jwks_uri", own + "/discovery/v2.0/keys"}}) ==
        Family::kEntra);
  CHECK(family({{"issuer", own + "/v2.0/"},
                {"jwks_uri",
                 "https://login.contoso.com/contoso.onmicrosoft.com/b2c_1_susi/"
                 "discovery/v2.0/keys"}}) == Family::kB2c);
  CHECK(family({{"issuer", own + "/v2.0/"},
                {"jwks_uri", own + "/discovery/v2.0/keys?p=b2c_1_susi"}}) == Family::kB2c);
  CHECK(family({{"issuer", "https://fs.contoso.com/adfs"},
                {"access_token_issuer", "http://fs.contoso.com/adfs/services/trust"}}) ==
        Family::kAdfs);
  CHECK(family({{"issuer", "https://id.example.com"},
                {"jwks_uri", "https://id.example.com/keys"}}) == Family::kOther);
  CHECK(family({{"issuer", "https://" + kTenant + ".ciamlogin.com/" + kTenant + "/v2.0"},
                {"tenant_region_scope", "EU"}}) == Family::kExternalId);
}

TEST_CASE("the clouds of Entra ID issue tokens of both versions", "[model]") {
  const auto pairs = {
      std::pair{"https://login.microsoftonline.com/", "https://sts.windows.net/"},
      std::pair{"https://login.microsoftonline.us/", "https://sts.windows.net/"},
      std::pair{"https://login.partner.microsoftonline.cn/", "https://sts.chinacloudapi.cn/"}};
  for (const auto& [login, sts] : pairs) {
    CAPTURE(login);
    const std::string v2 = login + kTenant + "/v2.0";
    const std::string v1 = sts + kTenant + "/";
    CHECK(other_entra_issuer(v2) == v1);
    CHECK(other_entra_issuer(v1, v2) == v2);
    CHECK(entra_issuer(v2)->version == "2.0");
    CHECK(entra_issuer(v1)->version == "1.0");
    CHECK(entra_issuer(v1)->tenant == kTenant);
  }
  CHECK(entra_issuer("https://login.microsoftonline.com/{tenantid}/v2.0")->tenant == "{tenantid}");
  CHECK(other_entra_issuer("https://login.microsoftonline.com/{tenantid}/v2.0") ==
        "https://sts.windows.net/{tenantid}/");
  CHECK_FALSE(entra_issuer("https://accounts.google.com"));
  CHECK_FALSE(entra_issuer("https://contoso.b2clogin.com/" + kTenant + "/v2.0/"));
  CHECK(other_entra_issuer("https://accounts.google.com").empty());
  CHECK(entra_issuer("https://127.0.0.1:8443/" + kTenant + "/v2.0", Family::kEntra)->version ==
        "2.0");
  CHECK(other_entra_issuer("https://" + kTenant + ".ciamlogin.com/" + kTenant + "/v2.0").empty());
}

}  // namespace idpwatch::model
