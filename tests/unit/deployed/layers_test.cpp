#include "deployed/dotnet/dotnet_layers.hpp"
#include "tests/unit/deployed/helpers.hpp"

namespace idpwatch::deployed {
namespace {

const char* const kBase = R"({"Authentication": {"Schemes": {"Bearer": {
  "Authority": "https://idp.example.test",
  "ValidAudiences": ["api://a", "api://b", "api://c"]}}}})";

std::string with_audiences(const std::string& audiences) {
  return R"({"Authentication": {"Schemes": {"Bearer": {"ValidAudiences": )" + audiences + "}}}}";
}

Texts audiences_with(const std::string& production) {
  return read_one({file("appsettings.json", kBase),
                   file("appsettings.Production.json", with_audiences(production))})
      .settings.audiences.value();
}

TEST_CASE("lists merge by index: a shorter one never shortens", "[deployed]") {
  CHECK(audiences_with(R"(["api://x"])") == Texts{"api://x", "api://b", "api://c"});
  CHECK(audiences_with("[]") == Texts{"api://a", "api://b", "api://c"});
  CHECK(audiences_with(R"({"1": "api://x"})") == Texts{"api://a", "api://x", "api://c"});
  CHECK(audiences_with(R"(["1", "2", "3", "4"])") == Texts{"1", "2", "3", "4"});
  CHECK(audiences_with(R"({"12": "l", "7": "k"})") ==
        Texts{"api://a", "api://b", "api://c", "k", "l"});
}

TEST_CASE("a value tells the layer, line and key it came from", "[deployed]") {
  const DeployedValidator validator =
      read_one({file("/srv/appsettings.json", kBase),
                file("/srv/appsettings.Production.json",
                     "{\n\n\"authentication:schemes:bearer:authority\": \"https://prod\"}")});
  CHECK(validator.settings.authority.value() == "https://prod");
  CHECK(validator.settings.authority.origin().file == "/srv/appsettings.Production.json");
  CHECK(validator.settings.authority.origin().line == 3);
  CHECK(validator.settings.authority.origin().key == "authentication:schemes:bearer:authority");
  CHECK(validator.settings.audiences.origin().line == 3);
  CHECK(validator.suffix == "Bearer");
}

TEST_CASE("variables lie over the files, in whatever case; those of the host below", "[deployed]") {
  const Environment environment =
      variables({{"authentication__schemes__bearer__validaudiences__0", "api://env"},
                 {"ASPNETCORE_Authentication__Schemes__Bearer__Authority", "https://host"},
                 {"DOTNET_Authentication__Schemes__Bearer__ValidIssuer", "https://below"}});
  const DeployedValidator validator = read_one({file("appsettings.json", kBase)}, environment);
  CHECK(validator.settings.audiences.value() == Texts{"api://env", "api://b", "api://c"});
  CHECK(validator.settings.authority.value() == "https://idp.example.test");
  CHECK(validator.settings.issuers.value() == Texts{"https://below"});
  CHECK(validator.settings.issuers.origin().key ==
        "DOTNET_Authentication__Schemes__Bearer__ValidIssuer");
}

TEST_CASE("an environment file among the files is the process's environment", "[deployed]") {
  const DeployedValidator validator =
      read_one({file("/srv/appsettings.json", kBase),
                file("/etc/orders.env",
                     "# it\nASPNETCORE_ENVIRONMENT=Staging\n"
                     "Authentication__Schemes__Bearer__Authority='https://e'\n"),
                file("/srv/appsettings.Staging.json", with_audiences(R"(["s"])"))});
  CHECK(validator.settings.authority.value() == "https://e");
  CHECK(validator.settings.authority.origin().file == "/etc/orders.env");
  CHECK(validator.settings.authority.origin().line == 3);
  CHECK(validator.settings.audiences.value().front() == "s");
}

DeployedReading read_with(const std::string& environment_file_name, bool named,
                          const Environment& environment) {
  return read({file("appsettings.json", kBase),
               file(environment_file_name, with_audiences(R"(["other"])"), named)},
              environment);
}

std::string first_audience(const DeployedReading& reading) {
  return reading.validators.at(0).settings.audiences.value().front();
}

TEST_CASE("the environment's name chooses the file; Production when nothing says it",
          "[deployed]") {
  const DeployedReading found = read_with("appsettings.Staging.json", false, {});
  CHECK(found.environment_name == "Production");
  CHECK(first_audience(found) == "api://a");
  CHECK(has_note(found.notes, NoteKind::kIgnored, "not read: the environment is Production"));

  CHECK(first_audience(read_with("appsettings.Staging.json", false,
                                 variables({{"DOTNET_ENVIRONMENT", "Staging"}}))) == "other");
}

TEST_CASE("a file of one environment that was named decides, and that is said", "[deployed]") {
  const DeployedReading named = read_with("appsettings.Staging.json", true, {});
  CHECK(named.environment_name == "Staging");
  CHECK(first_audience(named) == "other");
  CHECK(has_note(named.notes, NoteKind::kAssumed, "taken to be Staging"));

  const DeployedReading against = read_with("appsettings.Staging.json", true,
                                            variables({{"DOTNET_ENVIRONMENT", "Production"}}));
  CHECK(first_audience(against) == "other");
  CHECK(has_note(against.notes, NoteKind::kTrap, "but the file named is of Staging"));
}

TEST_CASE("an environment in another case does not find its file", "[deployed]") {
  const DeployedReading reading = read_with("appsettings.Production.json", true,
                                            variables({{"DOTNET_ENVIRONMENT", "production"}}));
  CHECK(first_audience(reading) == "api://a");
  CHECK(has_note(reading.notes, NoteKind::kTrap, "where file names have case"));
}

TEST_CASE("our configuration's word on the environment wins", "[deployed]") {
  Declared declared;
  declared.environment_name = "QA";
  const DeployedReading reading =
      read({file("appsettings.json", kBase), file("appsettings.QA.json", with_audiences("[\"q\"]")),
            file("appsettings.Production.json", "{ broken")},
           variables({{"DOTNET_ENVIRONMENT", "Production"}}), declared);
  CHECK(first_audience(reading) == "q");
  CHECK_FALSE(reading.validators[0].settings.start_fault);
}

TEST_CASE("a broken layer that is read keeps the service from starting", "[deployed]") {
  const DeployedValidator validator =
      read_one({file("appsettings.json", kBase),
                file("/srv/appsettings.Production.json", "{\n\"a\": 1\n\"b\": 2}")});
  REQUIRE(validator.settings.start_fault);
  CHECK(validator.settings.start_fault->origin.file == "/srv/appsettings.Production.json");
  CHECK(validator.settings.start_fault->origin.line == 3);
  CHECK(validator.settings.start_fault->message ==
        "Failed to load configuration from file '/srv/appsettings.Production.json'. Could not "
        "parse the JSON file. line 3, column 1: a comma or } is missing after a member");
  CHECK(validator.settings.authority.value() == "https://idp.example.test");
}

TEST_CASE("a duplicate key keeps it from starting, with both lines", "[deployed]") {
  const DeployedValidator validator = read_one({file("appsettings.json", R"({"Jwt": {
    "Authority": "https://idp.example.test",
    "authority": "https://other.example.test"}})")});
  REQUIRE(validator.settings.start_fault);
  CHECK(validator.settings.start_fault->message ==
        "Failed to load configuration from file 'appsettings.json'. A duplicate key "
        "'Jwt:authority' was found (lines 2 and 3)");
  CHECK(validator.settings.start_fault->origin.line == 3);
}

TEST_CASE("a file with nothing readable still is a validator that does not start", "[deployed]") {
  const DeployedValidator validator = read_one({file("appsettings.json", "")});
  CHECK(validator.suffix.empty());
  CHECK(validator.settings.profile == "aspnetcore-jwtbearer");
  CHECK(validator.settings.start_fault);
  CHECK(read_one({file("appsettings.json", "[{}]")}).settings.start_fault);
  CHECK(read_one({file("appsettings.json", std::string(100'000, '['))}).settings.start_fault);
}

TEST_CASE("null is an empty text before .NET 10 and nothing from then on", "[deployed]") {
  const auto issuers = [&](const std::string& framework) {
    Declared declared;
    declared.framework = framework;
    return read_one({file("appsettings.json", R"({"Authentication": {"Schemes": {"Bearer": {
      "Authority": "https://idp.example.test", "ValidIssuer": "https://a"}}}})"),
                     file("appsettings.Production.json",
                          R"({"Authentication:Schemes:Bearer:ValidIssuer": null})")},
                    {}, declared)
        .settings.issuers;
  };
  CHECK(issuers("10.0").absent());
  CHECK(issuers("8.0").value() == Texts{""});
}

TEST_CASE("the prefixed variables of two hosts: the newer order from .NET 7 on", "[deployed]") {
  const Environment environment = variables(
      {{"ASPNETCORE_Jwt__Authority", "https://a"}, {"DOTNET_Jwt__Authority", "https://d"}});
  Declared declared;
  declared.framework = "8.0";
  CHECK(read_one({}, environment, declared).settings.authority.value() == "https://d");
  declared.framework = "6.0";
  CHECK(read_one({}, environment, declared).settings.authority.value() == "https://a");
}

}  // namespace
}  // namespace idpwatch::deployed
