#include "validators/core/profiles.hpp"

#include "tests/unit/validators/served_documents.hpp"
#include "validators/dotnet/aspnet.hpp"
#include "validators/dotnet/identity_model.hpp"

#include <catch2/catch.hpp>

using namespace idpwatch;

TEST_CASE("every profile says with what it is modelled", "[validators]") {
  for (const validators::Profile& profile : validators::profiles()) {
    CHECK(validators::find_profile(profile.name) == &profile);
    const auto versions = profile.versions();
    CHECK_FALSE(versions.empty());
    for (const auto& version : versions) {
      CHECK(version.facts.size() > 5);
      for (const auto& fact : version.facts) {
        CHECK_FALSE(fact.value.empty());
        CHECK_FALSE(fact.source.empty());
      }
    }
  }
  CHECK(validators::find_profile("nginx") == nullptr);
}

TEST_CASE("an unknown version is judged by a known one, and it is said", "[validators]") {
  CHECK(test::validator("8.23.0")->notes().empty());
  CHECK(test::validator("9.1.0")->notes().front() ==
        "9.1.0 is not known: judged as 8.23.0, the nearest lower version");
  CHECK(test::validator("8.5.0")->notes().front() ==
        "8.5.0 is modelled from source, not recorded; the nearest recorded version below it is "
        "8.0.2");
  CHECK(test::validator("7.1.2")->notes().empty());  // what ASP.NET Core 8 brings
  CHECK(test::validator("")->notes().front().starts_with("version unknown"));
  model::ValidatorSettings settings;
  settings.profile = "aspnetcore-jwtbearer";
  settings.version = "new";
  CHECK_FALSE(validators::Validator::compile(settings));
  settings.version = "8.0.1";
  settings.variant = "odd";
  CHECK_FALSE(validators::Validator::compile(settings));
  settings.profile = "odd";
  CHECK_FALSE(validators::Validator::compile(settings));
}

TEST_CASE("a framework brings its library along", "[validators]") {
  using validators::library_of_framework;
  using validators::Version;
  CHECK(library_of_framework({8, 0, 34}) == Version{7, 7, 3});
  CHECK(library_of_framework({8, 0, 12}) == Version{7, 1, 2});
  CHECK(library_of_framework({9, 0, 11}) == Version{8, 0, 1});
  CHECK(library_of_framework({9, 0, 23}) == Version{8, 19, 2});
  CHECK(library_of_framework({10, 0, 15}) == Version{8, 19, 2});
}
