// Blank entries of lists and blank claims: Validators.cs of Microsoft.IdentityModel 5.5.0, 6.8.0,
// 6.13.0, 7.1.2 and 8.0.2; AddAudiences and SetIssuer of OpenIddictValidationBuilder.cs.
#include "tests/unit/validators/served_documents.hpp"
#include "validators/dotnet/token_checks.hpp"

#include <catch2/catch.hpp>

using namespace idpwatch;
using List = std::vector<std::string>;

namespace {

model::ValidatorSettings settings(const std::string& profile, const std::string& version) {
  model::ValidatorSettings made;
  made.profile = profile;
  made.version = version;
  made.authority = model::TextSetting(std::string(test::kAuthority));
  made.audiences = model::ListSetting({"api://orders"});
  return made;
}

validators::Answer ask(const model::ValidatorSettings& settings,
                       std::shared_ptr<validators::TokenView> token) {
  const auto compiled = validators::Validator::compile(settings);
  REQUIRE(compiled);
  validators::Simulation service(*compiled);
  return service.request(test::TestWorld(), {test::start(), test::start(),
                                             validators::Credentials::synthetic(std::move(token))});
}

std::shared_ptr<validators::TokenView> token() {
  return std::make_shared<validators::TokenView>(
      *test::token(test::key_one(), test::start() - base::minutes(10)).token());
}

std::string audience_error(const List& valid, const List& brought, const std::string& version) {
  auto asked = settings("aspnetcore-jwtbearer", version);
  asked.audiences = model::ListSetting(valid);
  const auto bearer = token();
  bearer->audiences = brought;
  return ask(asked, bearer).error;
}

}  // namespace

TEST_CASE("a blank audience fits nothing, not even itself", "[validators]") {
  for (const char* version : {"5.5.0", "6.7.1", "6.35.0", "7.1.2", "8.23.0"}) {
    INFO(version);
    for (const char* blank : {"", " ", "\t", "\t\n", "\xC2\xA0", "\xE2\x80\x83"}) {
      // Up to 8.15 the challenge names the audiences, and Kestrel takes ASCII and tabs alone.
      const std::string_view text(blank);
      const bool breaks = std::string_view(version) != "8.23.0" && text.size() > 1;
      const std::string error = breaks ? "malformed-token" : "IDX10214";
      CHECK(audience_error({blank}, {blank}, version) == error);
      CHECK(audience_error({blank, "a"}, {blank, "b"}, version) == error);
      CHECK(audience_error({blank, "a"}, {blank, "a"}, version).empty());
    }
    CHECK(audience_error({"a"}, {"a "}, version) == "IDX10214");
    CHECK(audience_error({" a"}, {" a"}, version).empty());
    CHECK(audience_error({}, {"a"}, version) == "IDX10214");
  }
}

TEST_CASE("a token without audience has its own error from 6.8 on", "[validators]") {
  CHECK(audience_error({""}, {}, "6.7.1") == "IDX10214");
  CHECK(audience_error({""}, {}, "6.8.0") == "IDX10206");
  CHECK(audience_error({""}, {}, "8.23.0") == "IDX10206");
}

TEST_CASE("a blank issuer is none, in the token, in the settings and in the document",
          "[validators]") {
  for (const char* version : {"5.5.0", "6.35.0", "7.1.2", "8.23.0"}) {
    INFO(version);
    for (const char* blank : {"", " ", "\xC2\xA0"}) {
      auto asked = settings("aspnetcore-jwtbearer", version);
      asked.issuers = model::ListSetting({blank});
      const auto bearer = token();
      CHECK(ask(asked, bearer).status == 200);  // by the document
      bearer->issuer = blank;
      // IDX10211, but Kestrel takes no U+00A0 in the challenge.
      const bool ascii = std::string_view(blank).size() < 2;
      CHECK(ask(asked, bearer).error == (ascii ? "IDX10211" : "malformed-token"));
    }
  }
}

TEST_CASE("an empty list of issuers without a document is none from 6.13 on", "[validators]") {
  const auto error = [](const std::string& version) {
    auto asked = settings("aspnetcore-jwtbearer", version);
    asked.authority = model::TextSetting(std::string());
    asked.issuers = model::ListSetting(List{});
    const test::TestKey one = test::key_one();
    asked.pinned_keys = model::ListSetting(
        {R"({"kty":"EC","kid":"k1","crv":"P-256","x":")" + one.x + R"(","y":")" + one.y + "\"}"});
    return ask(asked, token()).error;
  };
  CHECK(error("6.10.0") == "IDX10205");
  CHECK(error("6.15.1") == "IDX10204");
  CHECK(error("8.23.0") == "IDX10204");
}

TEST_CASE("types are an exact list, which 5.x does not look at", "[validators]") {
  const auto error = [](const List& types, std::optional<std::string> typ, const char* version) {
    auto asked = settings("aspnetcore-jwtbearer", version);
    asked.types = model::ListSetting(types);
    const auto bearer = token();
    bearer->typ = std::move(typ);
    return ask(asked, bearer).error;
  };
  CHECK(error({"at+jwt"}, "JWT", "5.7.2").empty());
  for (const char* version : {"6.7.1", "6.35.0", "7.1.2", "8.23.0"}) {
    INFO(version);
    CHECK(error({}, "anything", version).empty());
    CHECK(error({"at+jwt", "JWT"}, "JWT", version).empty());
    CHECK(error({"at+jwt"}, "AT+JWT", version) == "IDX10257");
    CHECK(error({"at+jwt"}, "application/at+jwt", version) == "IDX10257");
    CHECK(error({"at+jwt"}, " at+jwt", version) == "IDX10257");
    CHECK(error({"at+jwt"}, " ", version) == "IDX10257");
    CHECK(error({"at+jwt"}, "", version) == "IDX10256");
    CHECK(error({""}, "", version) == "IDX10256");
    CHECK(error({"at+jwt"}, std::nullopt, version) == "IDX10256");
  }
}

TEST_CASE("an issuer or audience beyond ASCII breaks the challenge: 500", "[validators]") {
  const auto answer = [](const char* version, const char* issuer) {
    const auto bearer = token();
    bearer->issuer = issuer;
    const auto made = ask(settings("aspnetcore-jwtbearer", version), bearer);
    return std::to_string(made.status) + made.error;
  };
  for (const char* version : {"5.7.2", "6.35.0", "7.1.2", "8.23.0"}) {
    CHECK(answer(version, "https://other.test") == "401IDX10205");
    CHECK(answer(version,
                 "https://b\xC3\xBC"
                 "cher.test") == "500malformed-token");
    CHECK(answer(version, "https://other.test\n") == "500malformed-token");
    CHECK(answer(version, "https://other.test\t") == "401IDX10205");
  }
}

TEST_CASE("dates that cannot be are met after the token was accepted", "[validators]") {
  const auto answer = [](const char* version, const char* variant, const char* id) {
    auto asked = settings("aspnetcore-jwtbearer", version);
    asked.variant = variant;
    const auto bearer = token();
    bearer->unreadable_date = id;
    const auto made = ask(asked, bearer);
    return std::to_string(made.status) + made.error;
  };
  CHECK(answer("5.7.2", "", "IDX12701") == "200");
  CHECK(answer("6.8.0", "", "IDX12701") == "200");  // in ASP.NET Core 3
  CHECK(answer("6.10.0", "", "IDX12701") == "500IDX12701");
  CHECK(answer("6.35.0", "host7", "IDX12700") == "500IDX12700");
}

TEST_CASE("OpenIddict does not start with an empty audience or an issuer that is no URL",
          "[validators]") {
  const auto error = [](const List& audiences, const std::string& authority) {
    auto asked = settings("openiddict-validation", "7.8.0");
    asked.audiences = model::ListSetting(audiences);
    asked.authority = model::TextSetting(authority);
    const auto bearer = token();
    bearer->typ = "at+jwt";
    return ask(asked, bearer).error;
  };
  const std::string good(test::kAuthority);
  CHECK(error({"api://orders"}, good).empty());
  CHECK(error({"api://orders"}, ' ' + good + '\n').empty());
  CHECK(error({"api://orders", ""}, good) == "start-failed");
  CHECK(error({"api://orders", " "}, good).empty());
  CHECK(error({"api://orders"}, "idp.example.test") == "start-failed");
  CHECK(error({"api://orders"}, good + "?x") == "start-failed");
}

TEST_CASE("OpenIddict ends with 500 over dates that .NET does not have", "[validators]") {
  auto asked = settings("openiddict-validation", "7.8.0");
  const auto bearer = token();
  bearer->typ = "at+jwt";
  bearer->beyond_dates = true;
  CHECK(ask(asked, bearer).status == 500);
}
