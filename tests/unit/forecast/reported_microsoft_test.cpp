// Set-ups with Entra ID, B2C and AD FS, as people reported them in public.
#include "reported_setup.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

namespace idpwatch::forecast {

using model::Certainty;
using model::Severity;
using nlohmann::json;

TEST_CASE("AD FS says itself which issuer its access tokens bear", "[reported]") {
  const std::string trust = "http://id.example.com/adfs/services/trust";
  for (const std::string version : {"5.3.0", "5.5.0", "6.10.0", "6.35.0", "7.1.2", "8.0.1"}) {
    CAPTURE(version);
    Setup adfs{{{"Jwt", {{"Authority", kHost + "/adfs"}, {"Audience", "api"}}}},
               identity_model(version),
               kHost + "/adfs"};
    adfs.document_members["access_token_issuer"] = trust;
    CHECK(told(adfs) == Lines{"refusal-issuer IDX10205 critical"});
    const auto findings = adfs.findings();
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].certainty != Certainty::kPossible);
    CHECK(findings[0].remedy.find("ValidIssuers") != std::string::npos);
    CHECK(findings[0].remedy.find("make it the Authority") == std::string::npos);
    // Both issuers sign with the same keys, in every version.
    adfs.callers = {tokens(trust)};
    CHECK(told(adfs) == Lines{"refusal-issuer IDX10205 critical"});
    adfs.settings["Jwt"]["TokenValidationParameters"]["ValidIssuers"] = {trust};
    CHECK(told(adfs) == Lines{});
    adfs.callers.clear();
    CHECK(told(adfs) == Lines{});
  }
}

TEST_CASE("B2C takes the bare client id, whatever the host is called", "[reported]") {
  const json section = {{"Instance", kHost},
                        {"Domain", "contoso.onmicrosoft.com"},
                        {"ClientId", kApp},
                        {"SignUpSignInPolicyId", "B2C_1_susi"}};
  const std::string issuer = kHost + "/" + kTenant + "/v2.0/";
  struct Row {
    std::string web, library, host;
  };
  for (const Row& row : {Row{"2.15.5", "7.0.3", "8.0.0"}, Row{"2.13.3", "6.32.1", "7.0.11"},
                         Row{"4.18.0", "8.23.0", "10.0.0"}}) {
    CAPTURE(row.web);
    const Packages packages =
        identity_model(row.library, {{"Microsoft.Identity.Web", row.web}, {kJwtBearer, row.host}});
    CHECK(told({{{"AzureAdB2C", section}}, packages, issuer}) == Lines{});
  }
  // Validators that stumble over the slash at the end of B2C's issuer, where .NET 8 asks them.
  json written = section;
  written["Audience"] = kApp;
  for (const std::string validators : {"7.0.0", "6.32.1"}) {
    CAPTURE(validators);
    const auto with = [&](const std::string& host, const std::string& library) {
      return told({{{"AzureAdB2C", written}},
                   identity_model(library, {{"Microsoft.Identity.Web", "2.13.3"},
                                            {"Microsoft.IdentityModel.Validators", validators},
                                            {kJwtBearer, host}}),
                   issuer});
    };
    CHECK(with("8.0.0", "7.0.3") == Lines{"refusal-issuer IDX40001 critical"});
    CHECK(with("7.0.11", "6.32.1") == Lines{});
  }
  CHECK(
      told({{{"AzureAdB2C", written}},
            identity_model("7.0.3", {{"Microsoft.Identity.Web", "2.15.5"}, {kJwtBearer, "8.0.0"}}),
            issuer}) == Lines{});
}

TEST_CASE("Two policies of one B2C tenant: one issuer, two key sets", "[reported]") {
  const std::string issuer = kHost + "/" + kTenant + "/v2.0/";
  for (const auto& [version, error] : {std::pair{"6.10.0", "IDX10501"}, {"8.0.1", "IDX10503"}}) {
    CAPTURE(version);
    TokenFacts callers = tokens(issuer);
    callers.other_keys.push_back(model::parse_jwk(json::parse(jwk("of the other policy"))));
    callers.other_keys_of = "b2c-edit";
    Setup b2c{{{"Jwt", {{"Authority", kHost + "/susi"}, {"Audience", "api"}}}},
              identity_model(version),
              issuer,
              {callers}};
    const auto findings = b2c.findings();
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].rule == "refusal-keys");
    CHECK(findings[0].certainty == Certainty::kPossible);
    CHECK(findings[0].error_id == error);
    CHECK(findings[0].summary.find("b2c-edit") != std::string::npos);
    // The same keys at both addresses: nothing to tell.
    b2c.callers[0].other_keys = {model::parse_jwk(json::parse(jwk("old")))};
    CHECK(told(b2c) == Lines{});
  }
}

TEST_CASE("Entra ID in its clouds: Microsoft.Identity.Web takes their tokens", "[reported]") {
  struct Row {
    std::string instance, issuer;
  };
  for (const Row& row :
       {Row{"https://login.microsoftonline.com/",
            "https://login.microsoftonline.com/" + kTenant + "/v2.0"},
        Row{"https://login.microsoftonline.us/",
            "https://login.microsoftonline.us/" + kTenant + "/v2.0"},
        Row{"https://login.partner.microsoftonline.cn/",
            "https://login.partner.microsoftonline.cn/" + kTenant + "/v2.0"},
        Row{"https://contoso.ciamlogin.com/",
            "https://" + kTenant + ".ciamlogin.com/" + kTenant + "/v2.0"},
        Row{"https://contoso.b2clogin.com/", "https://contoso.b2clogin.com/" + kTenant + "/v2.0/"},
        Row{"https://login.contoso.com/", "https://login.contoso.com/" + kTenant + "/v2.0"},
        Row{"https://127.0.0.1:8443/", "https://127.0.0.1:8443/" + kTenant + "/v2.0"}}) {
    CAPTURE(row.instance);
    const Packages packages = identity_model("8.23.0", {{"Microsoft.Identity.Web", "4.18.0"}});
    CHECK(told({azure_ad(row.instance), packages, row.issuer}) == Lines{});
  }
}

TEST_CASE("Entra ID in its clouds: plain JwtBearer, versions and prefixes mixed up", "[reported]") {
  struct Row {
    std::string authority, issuer, other;
  };
  for (const Row& row : {Row{"https://login.microsoftonline.com/",
                             "https://login.microsoftonline.com/" + kTenant + "/v2.0",
                             "https://sts.windows.net/" + kTenant + "/"},
                         Row{"https://login.microsoftonline.us/",
                             "https://login.microsoftonline.us/" + kTenant + "/v2.0",
                             "https://sts.windows.net/" + kTenant + "/"},
                         Row{"https://login.partner.microsoftonline.cn/",
                             "https://login.partner.microsoftonline.cn/" + kTenant + "/v2.0",
                             "https://sts.chinacloudapi.cn/" + kTenant + "/"}}) {
    CAPTURE(row.authority);
    const Setup setup{
        {{"Jwt",
          {{"Authority", row.authority + kTenant + "/v2.0"}, {"Audience", "api://" + kApp}}}},
        identity_model("8.0.1"),
        row.issuer};
    CHECK(told(setup) ==
          Lines{"refusal-issuer IDX10205 warning", "refusal-audience IDX10214 warning"});
    Setup mixed = setup;
    mixed.callers = {tokens(row.other, "api://" + kApp)};
    CHECK(told(mixed) == Lines{"refusal-issuer IDX10205 critical"});
  }
}

TEST_CASE("Entra ID on an unknown host is known by its document", "[reported]") {
  Setup setup{
      {{"Jwt", {{"Authority", kHost + "/" + kTenant + "/v2.0"}, {"Audience", "api://" + kApp}}}},
      identity_model("8.0.1"),
      kHost + "/" + kTenant + "/v2.0"};
  CHECK(told(setup) == Lines{});
  setup.document_members["cloud_instance_name"] = "microsoftonline.us";
  CHECK(told(setup) == Lines{"refusal-audience IDX10214 warning"});
}

TEST_CASE("AzureAD.UI asks the authority of version 1 and takes the client id", "[reported]") {
  const Packages packages = identity_model(
      "5.5.0",
      {{"Microsoft.AspNetCore.Authentication.AzureAD.UI", "3.1.18"}, {kJwtBearer, "3.1.18"}});
  const std::string v1 = "https://sts.windows.net/" + kTenant + "/";
  const auto with = [&](const std::string& issuer) {
    return told(
        {azure_ad("https://login.microsoftonline.com/"), packages, v1, {tokens(issuer, kApp)}});
  };
  CHECK(with(v1) == Lines{});
  CHECK(with("https://login.microsoftonline.com/" + kTenant + "/v2.0") ==
        Lines{"refusal-issuer IDX10205 critical"});
}

}  // namespace idpwatch::forecast
