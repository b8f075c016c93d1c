#include "tests/unit/deployed/helpers.hpp"

namespace idpwatch::deployed {
namespace {

DeployedValidator scheme(const std::string& members, const std::string& framework = "8.0") {
  Declared declared;
  declared.framework = framework;
  return read_one({file("/srv/appsettings.json",
                        "{\"Authentication\": {\"Schemes\": {\"Bearer\": {\n" + members + "}}}}")},
                  {}, declared);
}

TEST_CASE("the binder reads its keys, with their types", "[deployed]") {
  const model::ValidatorSettings settings = scheme(R"("Authority": "https://idp.example.test",
    "MetadataAddress": "https://m.example.test/x",
    "ValidIssuer": "https://i1", "ValidIssuers": ["https://i2"],
    "ValidAudience": "a1", "ValidAudiences": ["a2"],
    "RequireHttpsMetadata": "FALSE", "BackchannelTimeout": "00:00:30",
    "RefreshInterval": "0.00:01:00.5", "RefreshOnIssuerKeyNotFound": false,
    "ValidateIssuer": true, "IncludeErrorDetails": false)")
                                                .settings;
  CHECK(settings.binding == model::Binding::kFrameworkBinder);
  CHECK(settings.scheme == "Bearer");
  CHECK(settings.authority.value() == "https://idp.example.test");
  CHECK(settings.authority.origin().line == 2);
  CHECK(settings.metadata_url.value() == "https://m.example.test/x");
  CHECK(settings.issuers.value() == Texts{"https://i1", "https://i2"});
  CHECK(settings.audiences.value() == Texts{"a1", "a2"});
  CHECK_FALSE(settings.require_https.value_or(true));
  CHECK(settings.fetch_timeout.value() == base::seconds(30));
  CHECK(settings.min_refresh.value() == base::milliseconds(60'500));
  CHECK_FALSE(settings.refresh_on_unknown_kid.value_or(true));
  CHECK(settings.validate_issuer.value());
  CHECK(settings.validate_audience.absent());
  CHECK(settings.validate_signing_key.value());
  CHECK_FALSE(settings.include_error_details.value_or(true));
  CHECK_FALSE(settings.options_fault);
}

TEST_CASE("Audience is not read, and that is a trap worth telling", "[deployed]") {
  const DeployedValidator validator =
      scheme(R"("Authority": "https://idp.example.test", "Audience": "api://orders")");
  CHECK(validator.settings.audiences.has_value());
  CHECK(validator.settings.audiences.value().empty());
  CHECK(has_note(validator.notes, NoteKind::kTrap, "Audience is not read here"));
  CHECK(validator.settings.audiences.origin().key == "Authentication:Schemes:Bearer:Audience");
  CHECK(validator.settings.audiences.value().empty());
  CHECK(has_note(validator.notes, NoteKind::kTrap, "every token is refused (IDX10214)"));
}

TEST_CASE("keys that nothing reads are named, with the nearest that is", "[deployed]") {
  const DeployedValidator validator =
      scheme(R"("Authority": "https://idp.example.test", "ValidAudience": "a",
    "AutomaticRefreshInterval": "01:00:00", "ValidAudence": "b",
    "TokenValidationParameters": {"ClockSkew": "00:00:10"}, "ClockSkew": "00:00:10")");
  CHECK(has_note(validator.notes, NoteKind::kIgnored, "AutomaticRefreshInterval is not read here"));
  CHECK(has_note(validator.notes, NoteKind::kIgnored, "ClockSkew is not read here"));
  CHECK(
      has_note(validator.notes, NoteKind::kIgnored, "TokenValidationParameters is not read here"));
  CHECK(has_note(validator.notes, NoteKind::kIgnored,
                 "ValidAudence is not read here; ValidAudience is"));
  CHECK(validator.settings.automatic_refresh.absent());
  CHECK(validator.settings.clock_skew.absent());
}

TEST_CASE("the binder of .NET 7 switches checks off by what is not listed", "[deployed]") {
  const model::ValidatorSettings bare =
      scheme(R"("Authority": "https://idp.example.test", "ValidateAudience": true)", "7.0")
          .settings;
  CHECK(bare.validate_audience.has_value());
  CHECK_FALSE(bare.validate_audience.value());
  CHECK_FALSE(bare.validate_issuer.value());
  CHECK(bare.audiences.absent());
  const model::ValidatorSettings listed =
      scheme(
          R"("Authority": "https://idp.example.test", "ValidAudience": "", "ValidIssuers": ["i"])",
          "7.0")
          .settings;
  CHECK(listed.validate_audience.value());
  CHECK(listed.validate_issuer.value());
}

TEST_CASE("a text that is no boolean or time span fails every request", "[deployed]") {
  const auto fault = [](const std::string& member) {
    return scheme(R"("Authority": "https://i", "ValidAudience": "a", )" + member)
        .settings.options_fault;
  };
  REQUIRE(fault(R"("RequireHttpsMetadata": "yes")"));
  CHECK(fault(R"("RequireHttpsMetadata": "yes")")->message ==
        "System.FormatException: String 'yes' was not recognized as a valid Boolean.");
  CHECK(fault(R"("RequireHttpsMetadata": "yes")")->origin.line == 2);
  CHECK(fault(R"("RequireHttpsMetadata": 0)"));
  CHECK(fault(R"("BackchannelTimeout": "30s")"));
  CHECK_FALSE(fault(R"("BackchannelTimeout": "")"));
  CHECK_FALSE(fault(R"("BackchannelTimeout": "30")"));
  CHECK(has_note(scheme(R"("Authority": "https://i", "BackchannelTimeout": "30")").notes,
                 NoteKind::kTrap, "BackchannelTimeout 30 without a colon is a number of days"));
}

TEST_CASE("several schemes are several validators; sign-in schemes are none", "[deployed]") {
  const DeployedReading reading = read({file("appsettings.json", R"({"Authentication": {
    "DefaultScheme": "Bearer",
    "Schemes": {
      "Bearer": {"Authority": "https://a.example.test", "ValidAudience": "a"},
      "Internal": {"Authority": "https://b.example.test", "ValidAudience": "b"},
      "Empty": {},
      "OpenIdConnect": {"Authority": "https://c.example.test"},
      "Portal": {"Authority": "https://d.example.test", "ClientSecret": "s"}}}})")});
  REQUIRE(reading.validators.size() == 2);
  CHECK(reading.validators[0].suffix == "Bearer");
  CHECK(reading.validators[1].suffix == "Internal");
  CHECK(has_note(reading.notes, NoteKind::kIgnored,
                 "scheme OpenIdConnect is not judged: by its name"));
  CHECK(
      has_note(reading.notes, NoteKind::kIgnored, "scheme Portal is not judged: by ClientSecret"));
  CHECK(has_note(reading.notes, NoteKind::kIgnored,
                 "scheme Empty is not judged: its section is empty"));
}

TEST_CASE("Bearer is JwtBearer's whatever stands in it, and so is what only JwtBearer reads",
          "[deployed]") {
  const DeployedReading reading = read({file("appsettings.json", R"({"Authentication": {"Schemes": {
      "Bearer": {"Authority": "https://a.example.test", "ValidAudience": "a", "ClientSecret": "s"},
      "Partners": {"Authority": "https://b.example.test", "ValidAudiences": ["b"],
                   "ClientSecret": "s"},
      "oidc": {"Authority": "https://c.example.test", "ClientId": "c"}}}})")});
  REQUIRE(reading.validators.size() == 2);
  CHECK(reading.validators[0].suffix == "Bearer");
  CHECK(has_note(reading.validators[0].notes, NoteKind::kIgnored, "ClientSecret is not read here"));
  CHECK(reading.validators[1].suffix == "Partners");
  CHECK(has_note(reading.notes, NoteKind::kIgnored, "scheme oidc is not judged"));
}

TEST_CASE("sections that are not judged are named, with the reason", "[deployed]") {
  const DeployedReading reading = read({file("appsettings.json", R"({
      "AzureAd": {"ClientId": "00000000-0000-0000-0000-000000000001"},
      "Portal": {"Authority": "https://c.example.test", "CallbackPath": "/signin"}})")});
  CHECK(reading.validators.empty());
  CHECK(has_note(reading.notes, NoteKind::kIgnored, "section AzureAd is not judged"));
  CHECK(has_note(reading.notes, NoteKind::kIgnored, "section Portal is not judged"));
}

TEST_CASE("before .NET 7 the framework does not read the section by itself", "[deployed]") {
  const DeployedValidator validator =
      scheme(R"("Authority": "https://idp.example.test", "ValidAudience": "a")", "6.0");
  CHECK(validator.settings.binding == model::Binding::kCode);
  CHECK(has_note(validator.notes, NoteKind::kTrap, "before 7.0 does not read"));
}

TEST_CASE("a key of dotnet user-jwts is pinned for its issuer, and never kept in clear",
          "[deployed]") {
  const model::ValidatorSettings settings =
      scheme(R"("ValidIssuer": "dotnet-user-jwts", "ValidAudience": "a", "SigningKeys": [
    {"Issuer": "other", "Value": "AAAA"}, {"Issuer": "dotnet-user-jwts", "Value": "c2VjcmV0"}])")
          .settings;
  REQUIRE(settings.pinned_keys.value().size() == 1);
  CHECK(settings.pinned_keys.value()[0].find("redacted-") != std::string::npos);
  CHECK(settings.pinned_keys.value()[0].find("c2VjcmV0") == std::string::npos);
  CHECK(settings.pinned_keys.origin().line == 3);
}

}  // namespace
}  // namespace idpwatch::deployed
