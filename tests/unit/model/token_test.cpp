#include "model/token.hpp"

#include "base/encoding.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace idpwatch::model {
namespace {

std::string compact(const std::string& header, const std::string& payload,
                    const std::string& signature = "sig") {
  return base::base64url_encode(header) + '.' + base::base64url_encode(payload) + '.' +
         base::base64url_encode(signature);
}

}  // namespace

TEST_CASE("a token is read without being believed") {
  const std::string text = compact(
      R"({"alg":"ES256","kid":"k1","typ":"at+jwt"})",
      R"({"iss":"https://idp.example.test","aud":["a","b"],"exp":1767229200.9,"nbf":"soon","tid":"t"})");
  const auto token = parse_token("Bearer " + text + "\n");
  REQUIRE(token);
  CHECK(token->alg == "ES256");
  CHECK(token->kid == "k1");
  CHECK(token->typ == "at+jwt");
  CHECK(token->issuer == "https://idp.example.test");
  CHECK(token->tenant_id == "t");
  CHECK(token->audiences == std::vector<std::string>{"a", "b"});
  CHECK(token->expires == 1767229200);
  CHECK_FALSE(token->not_before);
  CHECK(token->signature == "sig");
  CHECK(token->signing_input == text.substr(0, text.rfind('.')));
  CHECK_FALSE(token->encrypted);
}

TEST_CASE("one audience may stand alone") {
  const auto token = parse_token(compact(R"({"alg":"none"})", R"({"aud":"a"})", ""));
  REQUIRE(token);
  CHECK(token->audiences == std::vector<std::string>{"a"});
  CHECK(token->signature.empty());
}

TEST_CASE("what is no token is refused, and not repeated in the message") {
  const std::string good = compact(R"({"alg":"ES256"})", "{}");
  for (const std::string& bad :
       {std::string(), std::string("secret"), std::string("a.b"), "x" + good + "!",
        compact("[]", "{}"), compact("{}", "7"), compact("{", "{}"),
        std::string(kTokenBytesMax + 1, 'a'), good + ".d"}) {
    const auto token = parse_token(bad);
    REQUIRE_FALSE(token);
    CHECK(token.error().kind == base::ErrorKind::kInput);
    CHECK(token.error().message.find("secret") == std::string::npos);
  }
}

}  // namespace idpwatch::model
