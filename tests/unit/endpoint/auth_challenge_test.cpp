#include "checks/endpoint/auth_challenge.hpp"

#include <catch2/catch.hpp>

using namespace idpwatch::checks;

TEST_CASE("several schemes of one header are told apart by what may follow a comma",
          "[challenge]") {
  const auto all = parse_challenges(
      R"(Bearer realm="api, v1", error="invalid_token", DPoP algs="RS256 ES256", Negotiate)");
  REQUIRE(all.size() == 3);
  CHECK(all[0].is("bearer"));
  CHECK(all[0].parameter("realm") == "api, v1");
  CHECK(all[0].parameter("error") == "invalid_token");
  CHECK(all[1].is("DPoP"));
  CHECK(all[1].parameter("algs") == "RS256 ES256");
  CHECK(all[2].is("Negotiate"));
}

TEST_CASE("token68, escapes, blanks around equals signs and names in any case", "[challenge]") {
  const auto all = parse_challenges(
      R"(Negotiate YIIabc==, Bearer Error = "a\"b" , resource=https://vault.azure.net)");
  REQUIRE(all.size() == 2);
  CHECK(all[0].token68 == "YIIabc==");
  CHECK(all[1].parameter("error") == "a\"b");
  CHECK(all[1].parameter("resource") == "https://vault.azure.net");
}

TEST_CASE("a challenge without parameters, an empty field and rubbish are no trouble",
          "[challenge]") {
  CHECK(parse_challenges("").empty());
  CHECK(parse_challenges(" , ,").empty());
  REQUIRE(parse_challenges("Bearer").size() == 1);
  CHECK(parse_challenges("Bearer realm=\"never closed").size() == 1);
  CHECK(parse_challenges(std::string(100'000, ',') + std::string(100'000, '=')).empty());
  CHECK(parse_challenges(std::string(10'000, 'a') + "\x01\xff\"\"").size() == 1);
}

TEST_CASE("fields that are repeated add their challenges", "[challenge]") {
  const auto all =
      challenges_of({{"WWW-Authenticate", "Bearer"}, {"www-authenticate", "Basic realm=\"x\""}});
  REQUIRE(all.size() == 2);
  CHECK(all[1].parameter("realm") == "x");
}
