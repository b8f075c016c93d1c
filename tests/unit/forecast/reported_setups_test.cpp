// Set-ups of real services, as people reported them in public, with the answer that is right: what
// a deployed file and the authority's documents say together.
#include "deployed/core/reading.hpp"
#include "fixture.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>

namespace idpwatch::forecast {

namespace {

using model::Certainty;
using model::Severity;
using nlohmann::json;

using Packages = std::map<std::string, std::string>;

const std::string kTenant = "11111111-2222-3333-4444-555555555555";
const std::string kApp = "99999999-2222-3333-4444-555555555555";
const std::string kHost = "https://id.example.com";

// All packages of Microsoft.IdentityModel in one version.
Packages identity_model(const std::string& version, Packages more = {}) {
  Packages all{{"Microsoft.IdentityModel.Tokens", version},
               {"Microsoft.IdentityModel.JsonWebTokens", version},
               {"Microsoft.IdentityModel.Protocols", version},
               {"Microsoft.IdentityModel.Protocols.OpenIdConnect", version},
               {"Microsoft.IdentityModel.Validators", version}};
  for (auto& [name, own] : more) all[name] = own;
  return all;
}

std::string deps(const Packages& packages) {
  json libraries;
  for (const auto& [name, version] : packages)
    libraries[name + "/" + version] = {{"type", "package"}};
  return json{{"runtimeTarget", {{"name", ".NETCoreApp,Version=v8.0"}}}, {"libraries", libraries}}
      .dump(1);
}

// A deployed service and the authority that it asks.
struct Setup {
  json settings;
  Packages packages;
  std::string issuer = kHost;
  std::vector<TokenFacts> callers = {};
  json document_members = json::object();
  json keys = json::parse(key_set({"old"}));

  [[nodiscard]] std::vector<model::Finding> findings() const {
    auto reading = deployed::read_deployed(
        {{"appsettings.json", settings.dump(1), true}, {"App.deps.json", deps(packages), true}}, {},
        {});
    REQUIRE(reading);
    REQUIRE(reading->validators.size() == 1);
    const deployed::DeployedValidator& deployed = reading->validators.front();
    auto validator = validators::Validator::compile(deployed.settings);
    REQUIRE(validator);
    AuthorityHistory history;
    json document = document_members;
    document["issuer"] = issuer;
    if (!document.contains("jwks_uri")) document["jwks_uri"] = kKeys;
    const std::string& url = (*validator)->addresses().metadata;
    if (!url.empty()) history.add(url, {kNoon, kNoon, body(document.dump())});
    history.add(document["jwks_uri"].get<std::string>(), {kNoon, kNoon, body(keys.dump())});
    AuthorityFacts facts;
    facts.name = "id";
    facts.history = &history;
    facts.observed_at = kNoon;
    DeploymentView view{.name = "orders",
                        .settings = deployed.settings,
                        .validator = *validator,
                        .started_at = kNoon,
                        .tokens = callers.empty() ? TokenFacts{} : callers.front(),
                        .authority = &facts,
                        .clock = std::nullopt,
                        .vantage = "vm-17",
                        .restarted_only = true};
    for (std::size_t i = 1; i < callers.size(); ++i) view.other_callers.push_back(callers[i]);
    std::vector<model::Finding> found;
    Forecaster judge;
    for (const model::CheckResult& one : judge.judge(view, kNoon).results) {
      if (one.health == model::Health::kFailing) found.push_back(one.finding);
    }
    return found;
  }
};

// "refusal-issuer IDX10205 critical" of each finding; empty: the service takes the tokens.
std::vector<std::string> told(const Setup& setup) {
  std::vector<std::string> lines;
  for (const model::Finding& one : setup.findings()) {
    lines.push_back(one.rule + " " + one.error_id + " " +
                    std::string(model::to_text(one.severity)));
  }
  return lines;
}

using Lines = std::vector<std::string>;

TokenFacts tokens(std::optional<std::string> issuer, std::optional<std::string> audience = {}) {
  TokenFacts facts;
  facts.issuer = std::move(issuer);
  facts.audience = std::move(audience);
  return facts;
}

json scheme(json members) {
  return {{"Authentication", {{"Schemes", {{"Bearer", std::move(members)}}}}}};
}

json azure_ad(const std::string& instance) {
  return {{"AzureAd", {{"Instance", instance}, {"TenantId", kTenant}, {"ClientId", kApp}}}};
}

const std::string kJwtBearer = "Microsoft.AspNetCore.Authentication.JwtBearer";

}  // namespace

TEST_CASE("Up to JwtBearer 8.0.6 a check is on only when a value for it is listed", "[reported]") {
  const auto with = [](const std::string& release, json section, TokenFacts callers) {
    section["Authority"] = kHost;
    return told(
        {scheme(section), identity_model("7.1.2", {{kJwtBearer, release}}), kHost, {callers}});
  };
  for (const std::string release : {"8.0.0", "8.0.3", "8.0.6"}) {
    CAPTURE(release);
    CHECK(with(release, {{"Audience", "api://orders"}}, tokens({}, "api://orders")) == Lines{});
    // Whose keys sign them is not known: at most a warning.
    CHECK(with(release, {{"ValidAudience", "a"}}, tokens("https://other.example.com", "a")) ==
          Lines{"refusal-issuer IDX10503 warning"});
    CHECK(with(release, {{"ValidAudience", "a"}}, tokens("https://idp/", "a")) == Lines{});
  }
  for (const std::string release : {"8.0.7", "8.0.11"}) {
    CAPTURE(release);
    CHECK(with(release, {{"Audience", "api://orders"}}, tokens({}, "api://orders")) ==
          Lines{"refusal-audience IDX10214 critical"});
    CHECK(with(release, {{"ValidAudience", "a"}}, tokens("https://other.example.com", "a")) ==
          Lines{"refusal-issuer IDX10205 critical"});
  }
}

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

TEST_CASE("A watched issuer of tokens brings its keys; an unknown one invents none", "[reported]") {
  const json section = {{"Authority", kHost}, {"ValidAudience", "a"}};
  const json listed = {
      {"Authority", kHost}, {"ValidAudience", "a"}, {"ValidIssuer", "https://b.example.com"}};
  const Packages packages = identity_model("8.0.1", {{kJwtBearer, "9.0.0"}});
  TokenFacts callers = tokens("https://b.example.com", "a");
  CHECK(told({scheme(listed), packages, kHost, {callers}}) == Lines{});
  callers.other_keys.push_back(model::parse_jwk(json::parse(jwk("b"))));
  callers.other_keys_of = "b";
  CHECK(told({scheme(listed), packages, kHost, {callers}}) ==
        Lines{"refusal-keys IDX10503 critical"});
  CHECK(told({scheme(section), packages, kHost, {callers}}) ==
        Lines{"refusal-issuer IDX10205 critical"});
}

// Issuers are compared as texts (Validators.ValidateIssuer: "An EXACT match is required"),
// addresses are asked without their default port (System.Uri).
TEST_CASE("A default port in the Authority is no trouble, since the document says the issuer",
          "[reported]") {
  for (const char* version : {"5.5.0", "6.35.0", "7.1.2", "8.0.1"}) {
    CAPTURE(version);
    const Setup setup{{{"Jwt", {{"Authority", "https://id.example.com:443"}, {"Audience", "a"}}}},
                      identity_model(version)};
    CHECK(told(setup) == Lines{});
  }
}

TEST_CASE("Other names of one authority share its keys", "[reported]") {
  struct Row {
    const char *document, *brought;
  };
  for (const Row& row :
       {Row{"https://id.example.com/adfs", "http://id.example.com/adfs/services/trust"},
        Row{"https://accounts.google.com", "accounts.google.com"},
        Row{"http://localhost:8080/realms/x", "http://host.docker.internal:8080/realms/x"},
        Row{"http://localhost:8080/realms/x", "http://keycloak:8080/realms/x"},
        Row{"http://localhost:8080/realms/x", "https://auth.example.com/realms/x"},
        Row{"https://id.example.com", "https://id.example.com/"},
        Row{"https://id.example.com/x", "https://id.example.com:443/x"}}) {
    CAPTURE(row.brought);
    const Setup setup{{{"Jwt", {{"Authority", kHost}, {"Audience", "a"}}}},
                      identity_model("5.5.0"),
                      row.document,
                      {tokens(row.brought)}};
    CHECK(told(setup) == Lines{"refusal-issuer IDX10205 critical"});
  }
  const Setup other_realm{{{"Jwt", {{"Authority", kHost}, {"Audience", "a"}}}},
                          identity_model("5.5.0"),
                          kHost + "/realms/staging",
                          {tokens(kHost + "/realms/production")}};
  CHECK(told(other_realm) == Lines{"refusal-issuer IDX10501 critical"});
}

TEST_CASE("Keycloak under another host: the line of the host, and a remedy that exists there",
          "[reported]") {
  const Setup setup{{{"Keycloak",
                      {{"realm", "x"},
                       {"resource", "api"},
                       {"auth-server-url", "http://localhost:8080/"},
                       {"ssl-required", "none"}}}},
                    identity_model("8.0.1"),
                    "http://localhost:8080/realms/x",
                    {tokens("https://auth.example.com/realms/x")}};
  const auto findings = setup.findings();
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].rule == "refusal-issuer");
  REQUIRE(findings[0].source);
  CHECK(findings[0].source->key == "Keycloak:auth-server-url");
  CHECK(findings[0].remedy.find("KC_HOSTNAME") != std::string::npos);
  CHECK(findings[0].remedy.find("ValidIssuers in code") != std::string::npos);
}

TEST_CASE("Tokens without an audience are told as that", "[reported]") {
  for (const auto& [version, error] : {std::pair{"5.5.0", "IDX10214"},
                                       {"6.7.1", "IDX10214"},
                                       {"6.8.0", "IDX10206"},
                                       {"8.0.1", "IDX10206"}}) {
    CAPTURE(version);
    const Setup setup{{{"Jwt", {{"Authority", kHost}, {"Audience", "a"}}}},
                      identity_model(version),
                      kHost,
                      {tokens({}, "")}};
    const auto findings = setup.findings();
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].rule == "refusal-audience");
    CHECK(findings[0].error_id == error);
    CHECK(findings[0].summary.find("have no audience (aud)") != std::string::npos);
    CHECK(findings[0].remedy.find("client_id") != std::string::npos);
  }
}

TEST_CASE("Mixed packages of Microsoft.IdentityModel that lose the keys are a finding",
          "[reported]") {
  const auto with = [](const std::string& tokens_version, const std::string& protocols) {
    Packages packages = identity_model(tokens_version, {{kJwtBearer, "8.0.11"}});
    packages["Microsoft.IdentityModel.Protocols"] = protocols;
    packages["Microsoft.IdentityModel.Protocols.OpenIdConnect"] = protocols;
    return Setup{scheme({{"Authority", kHost}, {"ValidAudience", "a"}}), packages};
  };
  for (const std::string version : {"7.4.0", "7.5.0", "8.0.2"}) {
    CAPTURE(version);
    const auto findings = with(version, "7.1.2").findings();
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].severity == Severity::kCritical);
    CHECK(findings[0].rule == "refusal-keys");
    CHECK(findings[0].status == 401);
    CHECK(findings[0].error_id == "IDX10500");
    REQUIRE(findings[0].source);
    CHECK(findings[0].source->file == "App.deps.json");
    CHECK(findings[0].source->key ==
          "libraries:Microsoft.IdentityModel.Protocols.OpenIdConnect/7.1.2");
    CHECK(findings[0].remedy.find("Protocols.OpenIdConnect " + version) != std::string::npos);
  }
  CHECK(told(with("7.3.1", "7.1.2")) == Lines{});
  CHECK(told(with("7.5.0", "7.5.0")) == Lines{});
  CHECK(told(with("8.0.2", "7.4.0")) == Lines{});
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

TEST_CASE("An RSA key of x5c alone is a key, and a mark before the JSON is none of its trouble",
          "[reported]") {
  // A self-signed certificate of a throw-away 2048-bit key, made for this test.
  const std::string certificate =
      "MIIDBTCCAe2gAwIBAgIUO16hIyqveJi6Ot4eAaDZ4wGfSw0wDQYJKoZIhvcNAQELBQAwEjEQMA4G"
      "A1UEAwwHdGVzdCBjYTAeFw0yNjExMzAwNjI4NDFaFw0yNjEyMzAwNjI4NDFaMBIxEDAOBgNVBAMM"
      "B3Rlc3QgY2EwggEiMA0GCSqGSIb3DQEBAQUAA4IBDwAwggEKAoIBAQDLGWyRkN2xg2PKcjETUJQU"
      "n4KSGkeTBpYsmosVeXG6GqZs9840TmMRc53SOmrHlNvCICXhpxBiRiAyzs9PltF+76fB+nfucVf8"
      "1qA5cytyrSWmeyILmJykxdMJXGMz0gyy3POOiQ63uGCNkAUbw7g+/8ClXhs/a7saJCf6F0G0hPgs"
      "h1CXBGw4MD7cqGNF0GY5F0k2Jt/VD92VL75C9sGqtLbuH3sVvE4s+Jk5rVtD9Ycl80hhCrNcX/vs"
      "aPqm03e50+u86Z2H5hIkb5JRmjyWi4Qbcfo+xcsW3uzPvmvwUoi//RuFWTPCQTdfVUzybZmjCW5P"
      "wzQGuUqQspiAfe3TAgMBAAGjUzBRMB0GA1UdDgQWBBSJ9vdSnLhPFuoVMrop/+YC8E3vvDAfBgNV"
      "HSMEGDAWgBSJ9vdSnLhPFuoVMrop/+YC8E3vvDAPBgNVHRMBAf8EBTADAQH/MA0GCSqGSIb3DQEB"
      "CwUAA4IBAQDDkAcDz94U9X9M3FCuPsVsFPkXXZ9ToXjhISiS7mV8CKuzXurJOaToZWjbya8K++g/"
      "slcfkcrv9rzl8jZsRyDUXrVr1CUV5y15czAqY70G3qTxnybiydnO/ylTzoyW8u2OgJAky6lg41s0"
      "jTktQep6YlYFCn+K5uyCjxiSO0appyVq2iQGnM7SrjMAvyqz8VHcmGBZRV9nYnIA3rZ5hcOrumPK"
      "kJV+1o/ET7JsB+jvKUvxNFFRUiP/GdIl34+4+J8waDg5KGhA40q3yaECU4IMeALkqEQhqrU9LKh5"
      "PenQBRoZW+1U6/1/HN4sI1tRZCzUcBJs5kaY1UU1c4YNpjEU";
  for (const std::string version : {"5.5.0", "6.35.0", "8.0.1"}) {
    CAPTURE(version);
    Setup setup{{{"Jwt", {{"Authority", kHost}, {"Audience", "a"}}}}, identity_model(version)};
    setup.keys = {
        {"keys", {{{"kty", "RSA"}, {"use", "sig"}, {"kid", "k"}, {"x5c", {certificate}}}}}};
    CHECK(told(setup) == Lines{});
  }
  const auto marked = read_body(body("\xEF\xBB\xBF" + key_set({"old"})).body);
  CHECK(marked.keys->size() == 1);
}

TEST_CASE("Several kinds of callers: the one who is hit hardest is told", "[reported]") {
  const Setup setup{{{"Jwt", {{"Authority", kHost}, {"Audience", "a"}}}},
                    identity_model("8.0.1"),
                    kHost,
                    {tokens({}, "a"), tokens({}, ""), tokens("https://other.example.com", "a")}};
  CHECK(told(setup) ==
        Lines{"refusal-issuer IDX10205 critical", "refusal-audience IDX10206 critical"});
}

}  // namespace idpwatch::forecast
