#include "deployed/dotnet/dotnet_artefacts.hpp"
#include "deployed/dotnet/dotnet_values.hpp"
#include "deployed/dotnet/dotnet_version.hpp"
#include "tests/unit/deployed/helpers.hpp"

#include <map>

namespace idpwatch::deployed {
namespace {

const char* const kSettings = R"({"Jwt": {"Authority": "https://idp", "Audience": "a"}})";

std::string deps(const std::map<std::string, std::string>& packages,
                 const std::string& target = "v8.0") {
  std::string text = "{\"runtimeTarget\": {\"name\": \".NETCoreApp,Version=" + target +
                     "\"},\n\"libraries\": {\n\"App/1.0.0\": {\"type\": \"project\"}";
  for (const auto& [name, version] : packages) {
    text += ",\n\"" + name + "/" + version + "\": {\"type\": \"package\", \"sha512\": \"\"}";
  }
  return text + "}}";
}

DeployedValidator with(const std::string& deps_text, const std::string& runtime_config = "",
                       const Declared& declared = {}) {
  std::vector<DeployedFile> files = {file("/srv/appsettings.json", kSettings)};
  if (!deps_text.empty()) files.push_back(file("/srv/App.deps.json", deps_text, false));
  if (!runtime_config.empty()) {
    files.push_back(file("/srv/App.runtimeconfig.json", runtime_config, false));
  }
  return read_one(files, {}, declared);
}

TEST_CASE("App.deps.json names the library that decides, with its line", "[deployed]") {
  const DeployedValidator validator =
      with(deps({{"Microsoft.AspNetCore.Authentication.JwtBearer", "8.0.11"},
                 {"Microsoft.IdentityModel.Tokens", "8.16.0"},
                 {"Microsoft.IdentityModel.JsonWebTokens", "8.16.0"}}));
  CHECK(validator.settings.version == "8.16.0");
  CHECK(validator.settings.version_origin.file == "/srv/App.deps.json");
  CHECK(validator.settings.version_origin.line == 6);
  CHECK(validator.settings.framework == "8.0.11");
  CHECK_FALSE(has_note(validator.notes, NoteKind::kAssumed, "assumed"));
}

TEST_CASE("mixed packages of Microsoft.IdentityModel are a trap", "[deployed]") {
  const DeployedValidator validator =
      with(deps({{"Microsoft.IdentityModel.Tokens", "7.5.0"},
                 {"Microsoft.IdentityModel.Protocols.OpenIdConnect", "6.35.0"}}));
  CHECK(has_note(validator.notes, NoteKind::kTrap, "OpenIdConnect 6.35.0 beside"));
}

TEST_CASE("without App.deps.json the framework tells the usual library, as an assumption",
          "[deployed]") {
  const DeployedValidator validator =
      with("", R"({"runtimeOptions": {"tfm": "net8.0", "frameworks": [
        {"name": "Microsoft.NETCore.App", "version": "8.0.0"},
        {"name": "Microsoft.AspNetCore.App", "version": "8.0.0"}]}})");
  CHECK(validator.settings.framework == "8.0");
  CHECK(validator.settings.version == "7.7.3");
  CHECK(has_note(validator.notes, NoteKind::kAssumed, "Microsoft.IdentityModel 7.7.3 is assumed"));

  const DeployedValidator nothing = with("");
  CHECK(nothing.settings.version.empty());
  CHECK(has_note(nothing.notes, NoteKind::kAssumed, "newest known version is assumed"));
}

TEST_CASE("a self-contained application tells its exact framework", "[deployed]") {
  const DeployedValidator validator = with("", R"({"runtimeOptions": {"includedFrameworks": [
        {"name": "Microsoft.AspNetCore.App", "version": "9.0.11"}]}})");
  CHECK(validator.settings.framework == "9.0.11");
  CHECK(validator.settings.version == "8.0.1");
}

TEST_CASE("our configuration's version and framework win", "[deployed]") {
  Declared declared;
  declared.version = "7.1.2";
  const std::string packages = deps({{"Microsoft.IdentityModel.Tokens", "8.16.0"}});
  CHECK(with(packages, "", declared).settings.version == "7.1.2");
  CHECK(has_note(with(packages, "", declared).notes, NoteKind::kAssumed, "our configuration wins"));
  Declared framework;
  framework.framework = "9.0.11";
  CHECK(with(packages, "", framework).settings.version == "8.0.1");
}

TEST_CASE("the blocking switch of App.runtimeconfig.json is a variant", "[deployed]") {
  const auto variant = [](const std::string& value) {
    return with("", R"({"runtimeOptions": {"configProperties": {
      "Switch.Microsoft.IdentityModel.UpdateConfigAsBlocking": )" +
                        value + "}}}")
        .settings.variant;
  };
  CHECK(variant("true") == "blocking");
  CHECK(variant("\"True\"") == "blocking");
  CHECK(variant("false").empty());
  Declared declared;
  declared.variant = "legacy-handler";
  CHECK(with("", "", declared).settings.variant == "legacy-handler");

  const std::string legacy =
      R"({"Jwt": {"Authority": "https://i", "Audience": "a", "UseSecurityTokenValidators": true}})";
  CHECK(read_one({file("appsettings.json", legacy)}).settings.variant == "legacy-handler");
}

TEST_CASE("the packages decide who reads AzureAd and bare sections", "[deployed]") {
  const std::string entra =
      R"({"AzureAd": {"Instance": "https://l/", "TenantId": "t", "ClientId": "c"}})";
  const auto read_with = [&](const std::string& settings, const std::string& packages) {
    return read_one({file("appsettings.json", settings), file("App.deps.json", packages)}).settings;
  };
  const model::ValidatorSettings web = read_with(
      entra,
      deps({{"Microsoft.Identity.Web", "4.15.0"}, {"Microsoft.IdentityModel.Tokens", "8.23.0"}}));
  CHECK(web.profile == "microsoft-identity-web");
  CHECK(web.version == "4.15.0");
  CHECK(web.library == "8.23.0");
  CHECK(read_with(entra, deps({{"Microsoft.IdentityModel.Tokens", "8.23.0"}})).profile ==
        "aspnetcore-jwtbearer");

  const model::ValidatorSettings openiddict =
      read_with(kSettings, deps({{"OpenIddict.Validation.AspNetCore", "7.8.0"},
                                 {"OpenIddict.Validation", "7.8.0"},
                                 {"Microsoft.IdentityModel.Tokens", "8.23.0"}}));
  CHECK(openiddict.profile == "openiddict-validation");
  CHECK(openiddict.version == "7.8.0");
  CHECK(openiddict.library == "8.23.0");
}

TEST_CASE("frameworks map to the library their JwtBearer brings", "[deployed]") {
  const std::map<std::string, std::string> expected = {
      {"2.2.0", "5.3.0"},   {"3.1", "5.5.0"},     {"6.0.24", "6.10.0"}, {"7.0.11", "6.15.1"},
      {"8.0.11", "7.1.2"},  {"8.0.34", "7.7.3"},  {"8.0", "7.7.3"},     {"9.0.11", "8.0.1"},
      {"9.0.23", "8.19.2"}, {"net9.0", "8.19.2"}, {"10.0.0", "8.0.1"},  {"10.0.13", "8.19.2"},
      {"10.0", "8.19.2"},   {"12.0", "8.19.2"},   {"1.0", "5.3.0"},     {"8.0.20", "7.1.2"}};
  for (const auto& [framework, library] : expected) {
    INFO(framework);
    CHECK(default_library(framework)->version == library);
  }
  CHECK_FALSE(default_library("latest"));
  CHECK(major_of("10.0.15") == 10);
  CHECK(major_of("8.0.0-preview.3") == 8);
  CHECK(major_of("net472x") == 0);
}

TEST_CASE("a broken or hostile App.deps.json is an error with its line", "[deployed]") {
  const auto error_of = [](const std::string& text) {
    const auto reading = read_deployed({file("/srv/App.deps.json", text)}, {}, {});
    REQUIRE_FALSE(reading);
    return reading.error().text();
  };
  CHECK(error_of("{\n]").find("/srv/App.deps.json: line 2, column 1") == 0);
  CHECK(error_of("{\"a\":" + std::string(1'000'000, '[')).find("nested deeper than 64") !=
        std::string::npos);
}

TEST_CASE("booleans and time spans are parsed as .NET parses them", "[deployed]") {
  CHECK(parse_dotnet_bool(" True ") == true);
  CHECK(parse_dotnet_bool("FALSE") == false);
  for (const char* text : {"1", "yes", "", "truee"}) CHECK_FALSE(parse_dotnet_bool(text));

  CHECK(parse_dotnet_time_span("00:05:00") == base::minutes(5));
  CHECK(parse_dotnet_time_span("00:30") == base::minutes(30));
  CHECK(parse_dotnet_time_span("1.02:03:04.0000005") ==
        base::hours(26) + base::minutes(3) + base::seconds(4));
  CHECK(parse_dotnet_time_span("1:02:03:04.25") ==
        base::hours(26) + base::minutes(3) + base::milliseconds(4250));
  CHECK(parse_dotnet_time_span("300") == base::hours(24 * 300));
  CHECK(parse_dotnet_time_span("-00:00:01") == base::seconds(-1));
  for (const char* text : {"", "5m", "24:00:00", "00:60:00", "1.2", "00:00:00.", "1.1:2:3:4", ":",
                           "99999999999", "00:00:00.12345678", "+1", "1.5.00:00"}) {
    INFO(text);
    CHECK_FALSE(parse_dotnet_time_span(text));
  }
}

}  // namespace
}  // namespace idpwatch::deployed
