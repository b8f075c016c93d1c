#include "deployed/dotnet/story_settings.hpp"

#include "tests/unit/deployed/helpers.hpp"

namespace idpwatch::deployed {
namespace {

const char* const kScheme = R"({"Authentication": {"Schemes": {"Bearer": {
  "Authority": "https://idp.example.test", "ValidAudience": "api://orders"}}}})";

StorySettings ask(const std::vector<DeployedFile>& files, const std::string& host = "8.0.11",
                  const std::string& profile = "aspnetcore-jwtbearer") {
  auto story = settings_of_story(files, {}, profile, host);
  if (!story) FAIL(story.error().text());
  return std::move(*story);
}

TEST_CASE("a story's scheme is asked of hosts from 7.0 on", "[deployed]") {
  const StorySettings story = ask({file("appsettings.json", kScheme)});
  REQUIRE(story.settings);
  CHECK(story.settings->binding == model::Binding::kFrameworkBinder);
  CHECK(story.settings->framework == "8.0.11");
  CHECK(story.settings->audiences.value() == Texts{"api://orders"});

  const StorySettings old = ask({file("appsettings.json", kScheme)}, "6.0.24");
  CHECK_FALSE(old.settings);
  CHECK(old.not_applicable == "JwtBearer before 7.0 does not read Authentication:Schemes");
}

TEST_CASE("an application without the Bearer section keeps the options' defaults", "[deployed]") {
  const std::string other =
      R"({"Authentication": {"Schemes": {"Internal": {"Authority": "https://i"}}}})";
  const StorySettings story = ask({file("appsettings.json", other)});
  REQUIRE(story.settings);
  CHECK(story.settings->binding == model::Binding::kCode);
  CHECK(story.settings->authority.absent());
  CHECK(story.settings->audiences.absent());
  CHECK(ask({file("appsettings.json", other)}, "5.0.0").not_applicable ==
        "no section that an app of this version reads");
}

TEST_CASE("a story's files are those of a folder: the environment's name decides", "[deployed]") {
  const StorySettings story =
      ask({file("appsettings.json", kScheme), file("appsettings.Development.json", "{ cut")});
  REQUIRE(story.settings);
  CHECK_FALSE(story.settings->start_fault);
}

TEST_CASE("a broken file keeps every application from starting, the oldest too", "[deployed]") {
  for (const char* host : {"2.2.0", "6.0.24", "8.0.11", ""}) {
    const StorySettings story = ask({file("appsettings.json", "{'a': 1}")}, host);
    REQUIRE(story.settings);
    CHECK(story.settings->start_fault);
    CHECK(story.settings->profile == "aspnetcore-jwtbearer");
  }
}

TEST_CASE("null reads as in the recorded runs, on the configuration of .NET 10", "[deployed]") {
  const std::vector<DeployedFile> files = {
      file("appsettings.json", kScheme),
      file("appsettings.Production.json",
           R"({"Authentication": {"Schemes": {"Bearer": {"ValidAudience": null}}}})")};
  const StorySettings seven = ask(files, "7.0.11");
  CHECK_FALSE(seven.settings->validate_audience.value_or(true));
  CHECK(ask(files).settings->audiences.value().empty());
}

TEST_CASE("hand-written sections of a story are read as the tutorials do, literally",
          "[deployed]") {
  const auto settings = [](const std::string& text) {
    return *ask({file("appsettings.json", text)}, "6.0.24").settings;
  };
  const model::ValidatorSettings entra = settings(R"({"AzureAd": {"Instance": "https://login/",
    "TenantId": "t", "ClientId": "c", "TokenValidationParameters": {"ValidAudiences": ["x"]}}})");
  CHECK(entra.authority.value() == "https://login/t/v2.0");
  CHECK(entra.audiences.value() == Texts{"c"});
  CHECK(settings(R"({"AzureAd": {"Authority": "https://a", "TenantId": "t"}})").authority.value() ==
        "https://a");
  CHECK(settings(R"({"Auth0": {"Domain": "d", "Audience": "a"}})").authority.value() ==
        "https://d/");

  const model::ValidatorSettings jwt = settings(R"({"Jwt": {"Authority": "http://i",
    "Audience": "a", "Issuer": "https://i", "Key": "secret", "RequireHttpsMetadata": false}})");
  CHECK(jwt.issuers.value() == Texts{"https://i"});
  CHECK(jwt.pinned_keys.value() == Texts{R"({"k":"c2VjcmV0","kty":"oct"})"});
  CHECK_FALSE(jwt.require_https.value_or(true));
  // Nothing is assumed: no audience means that none is configured.
  const model::ValidatorSettings bare = settings(R"({"JwtSettings": {"Authority": "https://i"}})");
  CHECK(bare.audiences.absent());
  CHECK(bare.validate_audience.absent());
}

TEST_CASE("Microsoft.Identity.Web is asked about AzureAd alone", "[deployed]") {
  const char* const kProfile = "microsoft-identity-web";
  const StorySettings entra = ask({file("appsettings.json", R"({"AzureAd": {
    "Instance": "https://login.example.test", "TenantId": "t", "ClientId": "c"}})")},
                                  "", kProfile);
  REQUIRE(entra.settings);
  CHECK(entra.settings->profile == kProfile);
  CHECK(entra.settings->authority.value() == "https://login.example.test/t/v2.0");
  CHECK(entra.settings->audiences.absent());
  CHECK_FALSE(ask({file("appsettings.json", kScheme)}, "", kProfile).settings);
}

}  // namespace
}  // namespace idpwatch::deployed
