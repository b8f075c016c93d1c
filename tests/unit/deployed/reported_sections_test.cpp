// Sections of real services as they were published or reported: what is read of them, and what is
// named where only code knows.
#include "helpers.hpp"

#include <catch2/catch.hpp>

namespace idpwatch::deployed {

namespace {

std::string deps(const std::string& package) {
  return R"({"libraries": {")" + package + R"(": {}}})";
}

DeployedValidator with_package(const std::string& settings, const std::string& package) {
  return read_one({file("appsettings.json", settings), file("App.deps.json", deps(package))});
}

const std::string kOktaPackage = "Okta.AspNetCore/4.6.0";

}  // namespace

TEST_CASE("Okta's section is read as its package does, with its defaults", "[deployed]") {
  const DeployedValidator given = with_package(
      R"({"Okta": {"OktaDomain": "https://dev-1.okta.com/", "AuthorizationServerId": "aus1",
          "Audience": "api://orders"}})",
      kOktaPackage);
  CHECK(given.settings.authority.value() == "https://dev-1.okta.com/oauth2/aus1");
  CHECK(given.settings.audiences.value() == Texts{"api://orders"});
  CHECK(given.settings.issuers.value() == Texts{"https://dev-1.okta.com/oauth2/aus1"});
  CHECK(given.settings.clock_skew.value() == base::minutes(2));

  const DeployedValidator absent =
      with_package(R"({"Okta": {"OktaDomain": "https://dev-1.okta.com"}})", kOktaPackage);
  CHECK(absent.settings.authority.value() == "https://dev-1.okta.com/oauth2/default");
  CHECK(absent.settings.audiences.value() == Texts{"api://default"});
  CHECK(has_note(absent.notes, NoteKind::kAssumed, "AuthorizationServerId is absent"));

  const DeployedValidator org = with_package(
      "{\"Okta\": {\"OktaDomain\": \"https://dev-1.okta.com\",\n\"AuthorizationServerId\": \"\"}}",
      kOktaPackage);
  REQUIRE(org.settings.start_fault);
  CHECK(org.settings.start_fault->origin.line == 2);

  const DeployedValidator issuer = with_package(
      R"({"Okta": {"Issuer": "https://dev-1.okta.com/oauth2/default", "Audience": "api://orders"}})",
      kOktaPackage);
  CHECK(issuer.settings.authority.value() == "https://dev-1.okta.com/oauth2/default");
}

TEST_CASE("an Issuer by URL beside an audience is an authority, in any section", "[deployed]") {
  const DeployedValidator oidc = read_one({file(
      "appsettings.json", R"({"Oidc": {"Issuer": "https://id.example.com", "Audience": "a"}})")});
  CHECK(oidc.settings.authority.value() == "https://id.example.com");
  CHECK(oidc.settings.audiences.value() == Texts{"a"});
  // Tokens that the service signs itself.
  CHECK(read({file("appsettings.json", R"({"Tokens": {"Issuer": "https://id.example.com",
      "Audience": "a", "Key": "0123456789abcdef0123456789abcdef"}})")})
            .validators.empty());
  CHECK(read({file("appsettings.json", R"({"Links": {"Issuer": "https://id.example.com"}})")})
            .validators.empty());
}

TEST_CASE("what looks like an authority and is not read is named, with the settings to write",
          "[deployed]") {
  struct Row {
    std::string settings, key, lines;
  };
  for (
      const Row& row :
      {Row{R"({"Identity": {"Url": "http://identity-api", "Audience": "basket"}})", "Identity:Url",
           R"(authority: "http://identity-api", audiences: ["basket"], require_https: false)"},
       Row{R"({"IdentityUrl": "https://id.example.com"})", "IdentityUrl",
           R"(settings: {authority: "https://id.example.com"})"},
       Row{R"({"AWS": {"Region": "eu-central-1", "UserPoolId": "eu-central-1_Ab12", "UserPoolClientId": "c"}})",
           "AWS:UserPoolId",
           R"(authority: "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Ab12")"},
       Row{R"({"runtime": {"host": {"authentication": {"provider": "Custom",
                "jwt": {"audience": "a", "issuer": "https://id.example.com"}}}}})",
           "runtime:host:authentication:jwt:issuer", R"(audiences: ["a"])"}}) {
    CAPTURE(row.key);
    const DeployedReading reading = read({file("appsettings.json", row.settings)});
    CHECK(reading.validators.empty());
    CHECK(has_note(reading.notes, NoteKind::kAssumed, row.key + " looks like an authority"));
    CHECK(has_note(reading.notes, NoteKind::kAssumed, row.lines));
  }
  const DeployedReading abp = read({file("appsettings.json", R"({"AuthServer": {
      "Authority": "https://id.example.com", "MetaAddress": "http://authserver"}})")});
  REQUIRE(abp.validators.size() == 1);
  CHECK(has_note(abp.notes, NoteKind::kAssumed,
                 R"(metadata_url: "http://authserver/.well-known/openid-configuration")"));
}

TEST_CASE("the old packages for Entra ID make their own authority", "[deployed]") {
  const DeployedValidator ui = with_package(
      R"({"AzureAd": {"Instance": "https://login.microsoftonline.com", "Domain": "contoso.com",
          "TenantId": "t", "ClientId": "c"}})",
      "Microsoft.AspNetCore.Authentication.AzureAD.UI/3.1.18");
  CHECK(ui.settings.profile == "aspnetcore-jwtbearer");
  CHECK(ui.settings.authority.value() == "https://login.microsoftonline.com/t");
  CHECK(ui.settings.audiences.value() == Texts{"c"});
  const DeployedValidator b2c = with_package(
      R"({"AzureAdB2C": {"Instance": "https://contoso.b2clogin.com/", "ClientId": "c",
          "Domain": "contoso.onmicrosoft.com", "SignUpSignInPolicyId": "B2C_1_susi"}})",
      "Microsoft.AspNetCore.Authentication.AzureADB2C.UI/3.1.18");
  CHECK(b2c.settings.authority.value() ==
        "https://contoso.b2clogin.com/contoso.onmicrosoft.com/B2C_1_susi/v2.0");
}

TEST_CASE("JwtBearer up to 8.0.6 checks by listing, and says what the update brings",
          "[deployed]") {
  const std::string settings =
      R"({"Authentication": {"Schemes": {"Bearer": {"Authority": "https://a", "Audience": "b"}}}})";
  const auto with = [&](const std::string& release) {
    return with_package(settings, "Microsoft.AspNetCore.Authentication.JwtBearer/" + release);
  };
  for (const char* release : {"8.0.0", "8.0.6", "7.0.20"}) {
    const DeployedValidator old = with(release);
    CHECK_FALSE(old.settings.validate_audience.value_or(true));
    CHECK_FALSE(old.settings.validate_issuer.value_or(true));
    CHECK(has_note(old.notes, NoteKind::kTrap, "from 8.0.7 on the same file refuses every token"));
  }
  for (const char* release : {"8.0.7", "9.0.0"}) {
    CHECK(with(release).settings.validate_audience.absent());
  }
}

TEST_CASE("JwtBearer 9.0.0 forgets the SigningKeys of ValidIssuer", "[deployed]") {
  const std::string settings = R"({"Authentication": {"Schemes": {"Bearer": {
      "ValidAudience": "a", "ValidIssuer": "dotnet-user-jwts",
      "SigningKeys": [{"Issuer": "dotnet-user-jwts", "Value": "c2VjcmV0"}]}}}})";
  const auto with = [&](const std::string& release) {
    return with_package(settings, "Microsoft.AspNetCore.Authentication.JwtBearer/" + release);
  };
  CHECK_FALSE(with("9.0.0").settings.pinned_keys.has_value());
  CHECK(has_note(with("9.0.0").notes, NoteKind::kTrap, "IDX10500"));
  CHECK(with("9.0.2").settings.pinned_keys.has_value());
  CHECK(with("8.0.11").settings.pinned_keys.has_value());
}

TEST_CASE("an authority on localhost in a file made for a container is noted", "[deployed]") {
  const std::string settings =
      R"({"Jwt": {"Authority": "https://localhost:5001", "Audience": "a"}})";
  const std::string part = "the authority is on localhost";
  CHECK(has_note(read_one({file("appsettings.json", settings)},
                          variables({{"DOTNET_RUNNING_IN_CONTAINER", "true"}}))
                     .notes,
                 NoteKind::kTrap, part));
  CHECK(
      has_note(read_one({file("appsettings.Docker.json", settings)}).notes, NoteKind::kTrap, part));
  CHECK_FALSE(
      has_note(read_one({file("appsettings.json", settings)}).notes, NoteKind::kTrap, part));
}

}  // namespace idpwatch::deployed
