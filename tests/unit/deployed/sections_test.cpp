#include "deployed/dotnet/identity_web_section.hpp"
#include "tests/unit/deployed/helpers.hpp"

namespace idpwatch::deployed {
namespace {

const char* const kTenant = "aaaabbbb-0000-cccc-1111-dddd2222eeee";
const char* const kClient = "00001111-aaaa-2222-bbbb-3333cccc4444";

std::string azure_ad(const std::string& more = "",
                     const std::string& instance = "https://login.microsoftonline.com/") {
  return "{\"AzureAd\": {\n\"Instance\": \"" + instance + "\",\n\"TenantId\": \"" + kTenant +
         "\",\n\"ClientId\": \"" + kClient + "\"" + more + "}}";
}

Declared as(const std::string& profile) {
  Declared declared;
  declared.profile = profile;
  return declared;
}

DeployedValidator entra(const std::string& text, const Declared& declared = {}) {
  return read_one({file("appsettings.json", text)}, {}, declared);
}

TEST_CASE("AzureAd is taken to be Microsoft.Identity.Web's, and that is said", "[deployed]") {
  const DeployedValidator validator = entra(azure_ad());
  CHECK(validator.settings.profile == "microsoft-identity-web");
  CHECK(validator.suffix.empty());
  CHECK(validator.settings.authority.value() ==
        std::string("https://login.microsoftonline.com/") + kTenant + "/v2.0");
  CHECK(validator.settings.authority.origin().key == "AzureAd:TenantId");
  CHECK(validator.settings.authority.origin().line == 3);
  CHECK(validator.settings.client_id.value() == kClient);
  CHECK(validator.settings.tenant_id.value() == kTenant);
  CHECK(validator.settings.audiences.absent());
  CHECK(
      has_note(validator.notes, NoteKind::kAssumed, "taken to be read by Microsoft.Identity.Web"));
}

TEST_CASE("AzureAd by the guide glues the authority and takes ClientId for an audience",
          "[deployed]") {
  const model::ValidatorSettings settings =
      entra(azure_ad("", "https://login.microsoftonline.com"), as("aspnetcore-jwtbearer")).settings;
  CHECK(settings.authority.value() ==
        std::string("https://login.microsoftonline.com") + kTenant + "/v2.0");
  CHECK(settings.audiences.value() == Texts{kClient});
  CHECK(entra(azure_ad(R"(,"Audience": "api://x")"), as("aspnetcore-jwtbearer"))
            .settings.audiences.value() == Texts{"api://x"});
}

TEST_CASE("Microsoft.Identity.Web mends an Instance without a slash, but not one with a path",
          "[deployed]") {
  CHECK(entra(azure_ad("", "https://login.microsoftonline.com")).settings.authority.value() ==
        std::string("https://login.microsoftonline.com/") + kTenant + "/v2.0");
  const DeployedValidator glued = entra(azure_ad("", "https://sts.example.test/dsts"));
  CHECK(glued.settings.authority.value() ==
        std::string("https://sts.example.test/dsts") + kTenant + "/v2.0");
  CHECK(has_note(glued.notes, NoteKind::kTrap, "glued to it"));
}

TEST_CASE("Microsoft.Identity.Web binds the section to JwtBearerOptions as well", "[deployed]") {
  const model::ValidatorSettings settings = entra(azure_ad(R"(,
    "Audience": "api://x", "RequireHttpsMetadata": false, "AllowWebApiToBeAuthorizedByACL": true,
    "AutomaticRefreshInterval": "01:00:00",
    "TokenValidationParameters": {"ValidAudiences": ["y"], "ClockSkew": "00:00:30",
      "ValidIssuers": ["https://i"], "ValidateLifetime": false})"))
                                                .settings;
  CHECK(settings.audiences.value() == Texts{"api://x", "y"});
  CHECK_FALSE(settings.require_https.value_or(true));
  CHECK(settings.allow_acl.value());
  CHECK(settings.automatic_refresh.value() == base::hours(1));
  CHECK(settings.clock_skew.value() == base::seconds(30));
  CHECK(settings.issuers.value() == Texts{"https://i"});
  CHECK_FALSE(settings.validate_lifetime.value_or(true));
  // ValidAudience stands before Audience.
  CHECK(entra(azure_ad(R"(,"Audience": "a", "TokenValidationParameters": {"ValidAudience": "b"})"))
            .settings.audiences.value() == Texts{"b"});
}

TEST_CASE("an Authority of Microsoft.Identity.Web gets its v2.0", "[deployed]") {
  const auto authority = [](const std::string& value) {
    return entra("{\"AzureAd\": {\"ClientId\": \"c\", \"Authority\": \"" + value + "\"}}")
        .settings.authority.value();
  };
  CHECK(authority("https://login.microsoftonline.com/t/") ==
        "https://login.microsoftonline.com/t/v2.0");
  CHECK(authority("https://login.microsoftonline.com/t/v2.0/") ==
        "https://login.microsoftonline.com/t/v2.0");
  CHECK(authority("https://contoso.ciamlogin.com/") ==
        "https://contoso.ciamlogin.com/contoso.onmicrosoft.com/v2.0");
}

TEST_CASE("B2C has its user flow in the authority", "[deployed]") {
  const DeployedValidator validator =
      entra(R"({"AzureAdB2C": {"Instance": "https://contoso.b2clogin.com", "ClientId": "c",
    "Domain": "contoso.onmicrosoft.com", "SignUpSignInPolicyId": "B2C_1_susi"}})");
  CHECK(validator.settings.authority.value() ==
        "https://contoso.b2clogin.com/contoso.onmicrosoft.com/B2C_1_susi/v2.0");
}

TEST_CASE("what Microsoft.Identity.Web demands and does not get fails every request",
          "[deployed]") {
  const auto fault = [](const std::string& members) {
    return entra("{\"AzureAd\": {" + members + "}}").settings.options_fault;
  };
  REQUIRE(fault(R"("Instance": "https://l/", "TenantId": "t")"));
  CHECK(fault(R"("Instance": "https://l/", "TenantId": "t")")->message ==
        "IDW10106: The 'ClientId' option must be provided.");
  CHECK(fault(R"("TenantId": "t", "ClientId": "c")")->message.find("'Instance'") !=
        std::string::npos);
  CHECK(fault(R"("Instance": "https://l/", "ClientId": "c")")->message.find("'TenantId'") !=
        std::string::npos);
  CHECK(fault(R"("Instance": "login", "TenantId": "t", "ClientId": "c")"));
  CHECK_FALSE(fault(R"("Authority": "https://l/t", "ClientId": "c")"));
}

TEST_CASE("Auth0's Domain is a host name; what is more doubles up", "[deployed]") {
  const auto auth0 = [](const std::string& domain) {
    return read_one({file("appsettings.json", "{\"Auth0\": {\"Domain\": \"" + domain +
                                                  "\", \"Audience\": \"https://api\"}}")});
  };
  CHECK(auth0("contoso.eu.auth0.com").settings.authority.value() ==
        "https://contoso.eu.auth0.com/");
  CHECK(auth0("contoso.eu.auth0.com").settings.audiences.value() == Texts{"https://api"});
  const DeployedValidator doubled = auth0("https://contoso.eu.auth0.com");
  CHECK(doubled.settings.authority.value() == "https://https://contoso.eu.auth0.com/");
  CHECK(has_note(doubled.notes, NoteKind::kTrap, "Domain is only a host name"));
  CHECK(auth0("contoso.eu.auth0.com/").settings.authority.value() ==
        "https://contoso.eu.auth0.com//");
}

TEST_CASE("Jwt and JwtSettings are read by the usual names", "[deployed]") {
  const DeployedValidator validator = read_one({file("appsettings.json", R"({"JwtSettings": {
    "Authority": "http://idp.example.test", "Audience": "api://orders",
    "Issuer": "https://idp.example.test", "RequireHttpsMetadata": false}})")});
  CHECK(validator.suffix.empty());
  CHECK(validator.settings.authority.value() == "http://idp.example.test");
  CHECK(validator.settings.audiences.value() == Texts{"api://orders"});
  CHECK(validator.settings.issuers.value() == Texts{"https://idp.example.test"});
  CHECK_FALSE(validator.settings.require_https.value_or(true));
  CHECK(validator.settings.binding == model::Binding::kCode);
}

TEST_CASE("a section with a shared secret and no authority has nothing to watch", "[deployed]") {
  const DeployedReading reading = read(
      {file("appsettings.json",
            R"({"Jwt": {"Key": "0123456789abcdef", "Issuer": "https://me", "Audience": "me"}})")});
  CHECK(reading.validators.empty());
  CHECK(has_note(reading.notes, NoteKind::kIgnored, "shared secret"));
}

TEST_CASE("an issuer alone stands in for the authority, and that is said", "[deployed]") {
  const DeployedValidator validator = read_one(
      {file("appsettings.json", R"({"Jwt": {"Issuer": "https://idp", "Audience": "me"}})")});
  CHECK(validator.settings.authority.value() == "https://idp");
  CHECK(has_note(validator.notes, NoteKind::kAssumed, "its issuer is taken for it"));
}

TEST_CASE("no audience in a hand-written section is no refusal, but a note", "[deployed]") {
  const DeployedValidator validator =
      read_one({file("appsettings.json", R"({"Jwt": {"Authority": "https://idp"}})")});
  CHECK_FALSE(validator.settings.validate_audience.value_or(true));
  CHECK(has_note(validator.notes, NoteKind::kAssumed, "the file names no audience"));
  Declared declared;
  declared.settings.audiences = model::ListSetting(Texts{"api://x"});
  const DeployedValidator told = read_one(
      {file("appsettings.json", R"({"Jwt": {"Authority": "https://idp"}})")}, {}, declared);
  CHECK(told.settings.validate_audience.absent());
  CHECK(told.settings.audiences.value() == Texts{"api://x"});
}

TEST_CASE("Keycloak's adapter format makes the realm's address", "[deployed]") {
  const model::ValidatorSettings settings = read_one({file("appsettings.json", R"({"Keycloak": {
    "realm": "shop", "auth-server-url": "https://sso.example.test/auth/", "ssl-required": "none",
    "resource": "orders", "verify-token-audience": true}})")})
                                                .settings;
  CHECK(settings.authority.value() == "https://sso.example.test/auth/realms/shop");
  CHECK(settings.audiences.value() == Texts{"orders"});
  CHECK_FALSE(settings.require_https.value_or(true));
  CHECK(settings.validate_audience.value());
  CHECK(read_one({file("appsettings.json", R"({"Keycloak": {"Authority": "https://k/realms/r",
    "Audience": "a", "MetadataAddress": "https://k/m"}})")})
            .settings.metadata_url.value() == "https://k/m");
}

TEST_CASE("any section that names an authority by URL is found, sign-ins are not", "[deployed]") {
  const DeployedReading reading = read({file("appsettings.json", R"({
    "IdentityServer": {"Authority": "https://ids.example.test", "ApiName": "orders"},
    "Security": {"Inner": {"Oauth": {"MetadataAddress": "https://m.example.test/x",
                                     "Audience": "b"}}},
    "Oidc": {"Authority": "https://login.example.test", "ResponseType": "code"},
    "Authority": "https://root.example.test",
    "Backend": {"Authority": "not a url"}})")});
  REQUIRE(reading.validators.size() == 2);
  CHECK(reading.validators[0].suffix == "IdentityServer");
  CHECK(reading.validators[0].settings.audiences.value() == Texts{"orders"});
  CHECK(reading.validators[1].suffix == "Security:Inner:Oauth");
}

TEST_CASE("OpenIddict's section names the issuer as authority", "[deployed]") {
  const DeployedValidator validator = read_one({file("appsettings.json", R"({"OpenIddict": {
    "Validation": {"Issuer": "https://id.example.test/", "Audiences": ["orders"]}}})")});
  CHECK(validator.settings.profile == "openiddict-validation");
  CHECK(validator.settings.authority.value() == "https://id.example.test/");
  CHECK(validator.settings.issuers.absent());
  CHECK(validator.settings.audiences.value() == Texts{"orders"});
}

TEST_CASE("all in code: what our configuration declares is the validator", "[deployed]") {
  Declared declared;
  declared.settings.authority = model::TextSetting("https://idp");
  declared.settings.clock_skew = model::DurationSetting(base::seconds(0));
  const DeployedValidator validator =
      read_one({file("appsettings.json", R"({"Logging": {}})")}, {}, declared);
  CHECK(validator.settings.authority.value() == "https://idp");
  CHECK(validator.settings.clock_skew.has_value());
  CHECK(validator.settings.profile == "aspnetcore-jwtbearer");

  const DeployedReading nothing = read({file("appsettings.json", R"({"Logging": {}})")});
  CHECK(nothing.validators.empty());
  CHECK(has_note(nothing.notes, NoteKind::kAssumed, "no section of the files names an authority"));
}

TEST_CASE("declared settings lie over those of the file", "[deployed]") {
  Declared declared;
  declared.settings.try_all_keys = model::FlagSetting(false);
  declared.settings.audiences = model::ListSetting(Texts{"x"});
  const model::ValidatorSettings settings =
      read_one({file("appsettings.json", R"({"Jwt": {"Authority": "https://idp",
    "Audience": "a"}})")},
               {}, declared)
          .settings;
  CHECK(settings.audiences.value() == Texts{"x"});
  CHECK_FALSE(settings.try_all_keys.value_or(true));
  CHECK(settings.authority.value() == "https://idp");
}

}  // namespace
}  // namespace idpwatch::deployed
