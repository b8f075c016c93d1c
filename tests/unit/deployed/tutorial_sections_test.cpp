// Sections as the guides and templates of providers write them: which are read, as what, and what
// is named where only code knows.
#include "helpers.hpp"

#include <catch2/catch.hpp>

namespace idpwatch::deployed {

namespace {

const std::string kTenant = "11111111-2222-4333-8444-555555555555";

struct Read {
  std::string settings, authority;
  Texts audiences;
};

bool is_named(const DeployedReading& reading, const std::string& part) {
  return has_note(reading.notes, NoteKind::kAssumed, part) ||
         has_note(reading.notes, NoteKind::kIgnored, part);
}

}  // namespace

TEST_CASE("Sections of guides are read wherever they stand in the tree", "[deployed]") {
  const std::string entra =
      R"({"Instance": "https://login.microsoftonline.com/", "ClientId": "c", "TenantId": ")" +
      kTenant + "\"}";
  const std::string v2 = "https://login.microsoftonline.com/" + kTenant + "/v2.0";
  const std::vector<Read> rows{
      {R"({"Authentication": {"AzureAd": )" + entra + "}}", v2, {}},
      {R"({"EntraId": )" + entra + "}", v2, {}},
      {R"({"Security": {"Microsoft": )" + entra + "}}", v2, {}},
      {R"({"EntraExternalId": {"Instance": "https://contoso.ciamlogin.com/", "TenantId": "t",
          "ClientId": "c"}})",
       "https://contoso.ciamlogin.com/t/v2.0",
       {}},
      {R"({"Authentication": {"Auth0": {"Domain": "x.auth0.com", "Audience": "a"}}})",
       "https://x.auth0.com/",
       {"a"}},
      {R"({"Auth0": {"Issuer": "https://x.auth0.com/", "Audience": "a"}})",
       "https://x.auth0.com/",
       {"a"}},
      {R"({"Authentication": {"Okta": {"OktaDomain": "https://dev-1.okta.com", "Audience": "a"}}})",
       "https://dev-1.okta.com/oauth2/default",
       {"a"}},
      {R"({"Authentication": {"Keycloak": {"realm": "x", "auth-server-url": "https://k/",
          "resource": "a"}}})",
       "https://k/realms/x",
       {"a"}},
      {R"({"Keycloak": {"Host": "https://k", "Realm": "x", "ClientId": "a"}})",
       "https://k/realms/x",
       {"a"}},
      {R"({"Authentication": {"ValidIssuer": "https://securetoken.google.com/p",
          "Audience": "p"}})",
       "https://securetoken.google.com/p",
       {"p"}},
      {R"({"Jwt": {"Firebase": {"ValidIssuer": "https://securetoken.google.com/p",
          "ValidAudience": "p"}}})",
       "https://securetoken.google.com/p",
       {"p"}},
      {R"({"IdentityServer": {"Authority": "id.example.com", "ApiName": "orders"}})",
       "id.example.com",
       {"orders"}},
  };
  for (const Read& row : rows) {
    CAPTURE(row.settings);
    const DeployedValidator one = read_one({file("appsettings.json", row.settings)});
    CHECK(one.settings.authority.value() == row.authority);
    CHECK(one.settings.audiences.value() == row.audiences);
  }
}

TEST_CASE("Schemes are not taken for sections of a guide", "[deployed]") {
  const DeployedReading reading = read({file("appsettings.json", R"({"Authentication": {"Schemes": {
      "Auth0": {"Authority": "https://x.auth0.com/", "ValidAudience": "a"}}}})")});
  REQUIRE(reading.validators.size() == 1);
  CHECK(reading.validators.front().settings.scheme == "Auth0");
}

TEST_CASE("A web application's own client is not judged", "[deployed]") {
  for (
      const std::string settings :
      {R"({"Okta": {"OktaDomain": "https://dev-1.okta.com", "ClientId": "c", "ClientSecret": "s"}})",
       R"({"Auth0": {"Domain": "x.auth0.com", "ClientId": "c", "ClientSecret": "s"}})"}) {
    CAPTURE(settings);
    const DeployedReading reading = read({file("appsettings.json", settings)});
    CHECK(reading.validators.empty());
    CHECK(is_named(reading, "it signs people in"));
  }
}

TEST_CASE("Who issues its own tokens has no authority to watch", "[deployed]") {
  const std::string own = R"("Issuer": "https://shop.example.com", "Audience": "shop")";
  for (const std::string more :
       {R"("ExpiryMinutes": 60)", R"("AccessTokenExpiration": 10)", R"("DurationInMinutes": 60)",
        R"("SecretForKey": "x")", R"("SecurityKey": "x")", R"("Token": "x")"}) {
    CAPTURE(more);
    const DeployedReading reading =
        read({file("appsettings.json", "{\"JwtSettings\": {" + own + ", " + more + "}}")});
    CHECK(reading.validators.empty());
    CHECK(is_named(reading, "the service issues these tokens itself"));
  }
  for (const std::string more : {R"("ValidateLifetime": true)", R"("ClientSecret": "x")",
                                 R"("RequireExpirationTime": true)"}) {
    CAPTURE(more);
    const DeployedValidator one =
        read_one({file("appsettings.json", "{\"JwtSettings\": {" + own + ", " + more + "}}")});
    CHECK(one.settings.authority.value() == "https://shop.example.com");
  }
}

TEST_CASE("Addresses of guides that only code reads are named with what to write", "[deployed]") {
  struct Row {
    std::string settings, part;
  };
  for (
      const Row& row :
      {Row{R"({"Firebase": {"ProjectId": "p"}})",
           R"(authority: "https://securetoken.google.com/p", audiences: ["p"])"},
       Row{R"({"Authority": "https://id.example.com", "Audience": "a"})",
           R"(authority: "https://id.example.com", audiences: ["a"])"},
       Row{R"({"IdentityProvider": {"Url": "https://id.example.com"}})",
           R"(authority: "https://id.example.com")"},
       Row{R"({"Sts": {"DiscoveryUrl": "https://id.example.com/.well-known/openid-configuration"}})",
           R"(authority: "https://id.example.com"})"},
       Row{R"({"Logto": {"Endpoint": "https://x.logto.app/", "AppId": "a"}})",
           R"(authority: "https://x.logto.app/oidc")"}}) {
    CAPTURE(row.settings);
    const DeployedReading reading = read({file("appsettings.json", row.settings)});
    CHECK(reading.validators.empty());
    CHECK(is_named(reading, row.part));
  }
  // What is read is not named as unread.
  const DeployedReading cognito = read({file(
      "appsettings.json",
      R"({"AWS": {"UserPoolId": "eu-central-1_X", "Authority": "https://id.example.com"}})")});
  CHECK(cognito.validators.size() == 1);
  CHECK_FALSE(is_named(cognito, "is not read"));
}

}  // namespace idpwatch::deployed
