// Tokens that people reported as refused, each with the files that were deployed: the verdict, the
// very error, and what is and is not said of it.
#include "explain/explanation_text.hpp"
#include "tests/unit/explain/reported_token.hpp"

#include <catch2/catch.hpp>

using namespace idpwatch;
using namespace idpwatch::explain::test;

namespace {

deployed::Declared identity_model(const std::string& version) {
  deployed::Declared declared;
  declared.profile = "aspnetcore-jwtbearer";
  declared.version = version;
  return declared;
}

}  // namespace

TEST_CASE("a token for Microsoft Graph is one that only Graph can verify", "[reported]") {
  const std::string folder = "01-graph-token";
  const auto explanation =
      explained({folder, "token.json", {"appsettings.json"}, identity_model("8.0.1")});
  check_expected(explanation, case_json(folder, "expect.json"));
}

TEST_CASE("a key of one application is looked for where Entra shows it", "[reported]") {
  const std::string folder = "03-entra-app-key";
  const auto explanation =
      explained({folder, "token.json", {"appsettings.json"}, identity_model("8.0.1")});
  check_expected(explanation, case_json(folder, "expect.json"));
}

TEST_CASE("a signature that Cloud Run took away is no wrong one", "[reported]") {
  const std::string folder = "04-cloud-run-signature";
  const auto explanation =
      explained({folder, "token.json", {"appsettings.json"}, identity_model("8.0.1")});
  check_expected(explanation, case_json(folder, "expect.json"));
}

TEST_CASE("what surrounds a token is told apart from the token", "[reported]") {
  const std::string folder = "05-what-was-pasted";
  const auto expected = case_json(folder, "expect.json");
  const auto said = case_json(folder, "token.json")["as_pasted"];
  REQUIRE(expected.size() == 6);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const std::string paste = expected[i]["paste"];
    const bool old = expected[i].value("run", "").find("7.5.0") != std::string::npos;
    INFO("paste " << paste);
    ReportedToken reported{
        folder, "token.json", {"appsettings.json"}, identity_model(old ? "7.5.0" : "8.0.1")};
    reported.pasted = said[paste].get<std::string>();
    if (paste == "c") {
      const std::string token = token_of(folder, "token.json");
      reported.pasted = "bearer ";
      for (std::size_t at = 0; at < token.size(); at += 76)
        reported.pasted += token.substr(at, 76) + "\n";
    }
    check_expected(explained(reported), expected[i]);
  }
}

TEST_CASE("Keycloak's account is no audience of a service", "[reported]") {
  const std::string folder = "06-keycloak-account";
  const auto expected = case_json(folder, "expect.json");
  for (const auto& one : expected) {
    check_expected(explained({folder, one["token"], {"appsettings.json"}, identity_model("8.0.1")}),
                   one);
  }
}

TEST_CASE("a bound service account token says what a key set cannot show", "[reported]") {
  const std::string folder = "07-bound-service-account";
  check_expected(explained({folder, "token.json", {"appsettings.json"}, identity_model("8.0.1")}),
                 case_json(folder, "expect.json"));
}

TEST_CASE("a shared secret is in no key set", "[reported]") {
  const std::string folder = "09-shared-secret";
  deployed::Declared declared;
  declared.profile = "jose";
  declared.version = "5.10.0";
  const std::string issuer = "https://abcdexample.supabase.co/auth/v1";
  declared.settings.jwks_url = model::TextSetting(issuer + "/.well-known/jwks.json");
  declared.settings.issuers = model::ListSetting({issuer});
  declared.settings.audiences = model::ListSetting({"authenticated"});
  check_expected(explained({folder, "token.json", {}, declared}), case_json(folder, "expect.json"));
}

TEST_CASE("a managed identity's token is older than the role it lacks", "[reported]") {
  const std::string folder = "11-identity-cached-a-day";
  deployed::Declared declared;
  declared.profile = "microsoft-identity-web";
  declared.version = "4.18.0";
  check_expected(explained({folder, "token.json", {"appsettings.json"}, declared}),
                 case_json(folder, "expect.json"));
}

TEST_CASE("Auth0 encrypts a token for no API, and an ID token is accepted and named",
          "[reported]") {
  const std::string folder = "02-auth0-no-api";
  for (const auto& one : case_json(folder, "expect.json")) {
    check_expected(explained({folder, one["token"], {".env", "package-lock.json"}}), one);
  }
}

TEST_CASE("times in milliseconds are the wrong unit, not a wrong clock", "[reported]") {
  const std::string folder = "08-milliseconds";
  for (const auto& one : case_json(folder, "expect.json")) {
    check_expected(explained({folder, one["token"], {".env", "package-lock.json"}}), one);
  }
}

TEST_CASE("express-oauth2-jwt-bearer stumbles over surroundings in its own ways", "[reported]") {
  deployed::Declared declared;
  declared.profile = "express-oauth2-jwt-bearer";
  declared.settings.authority = model::TextSetting("https://login.example.com");
  declared.settings.audiences = model::ListSetting({"api://orders"});
  for (const auto& [version, says] : {std::pair{"1.6.1", "JWS Protected Header is invalid"},
                                      std::pair{"1.10.0", "answers 400"}}) {
    declared.version = version;
    const auto explanation =
        explained({"05-what-was-pasted", "token.json", {}, declared, "Bearer Bearer TOKEN"});
    const std::string text = explain::explanation_text(explanation, false);
    INFO(text);
    CHECK(explanation.results.front().accepted == true);
    CHECK(text.find(says) != std::string::npos);
  }
}
