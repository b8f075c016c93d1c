#include "checks/canary/canary_facts.hpp"

#include "base/encoding.hpp"

#include <catch2/catch.hpp>

namespace idpwatch::checks {
namespace {

const base::Instant kNow = base::from_unix_seconds(1'800'000'000);

std::string token(const std::string& header, const std::string& claims) {
  return base::base64url_encode(header) + '.' + base::base64url_encode(claims) + ".c2ln";
}

}  // namespace

TEST_CASE("a real token shows its key, its claims and its lifetime", "[canary]") {
  const CanaryFacts facts = canary_facts(
      token(R"({"alg":"RS256","kid":"k1","typ":"at+jwt"})",
            R"({"iss":"https://a","aud":["x","y"],"iat":1799999990,"exp":1800003590,"scp":"s"})"),
      kNow);
  CHECK(facts.readable);
  CHECK(facts.kid == "k1");
  CHECK(facts.algorithm == "RS256");
  CHECK(facts.type == "at+jwt");
  CHECK(facts.issuer == "https://a");
  CHECK(facts.audiences == std::vector<std::string>{"x", "y"});
  CHECK(facts.scope);
  CHECK(facts.lifetime() == base::hours(1));
  CHECK(clock_at_least(facts) == base::seconds(-11));
  CHECK_FALSE(over_on_arrival(facts));
}

TEST_CASE("an old token says nothing of the clock, an expired one is over", "[canary]") {
  const CanaryFacts old =
      canary_facts(token(R"({"alg":"RS256"})", R"({"iat":1799900000,"exp":1800003590})"), kNow);
  CHECK_FALSE(clock_at_least(old));
  CHECK_FALSE(old.kid);
  const CanaryFacts over =
      canary_facts(token(R"({"alg":"RS256"})", R"({"iat":1799990000,"exp":1799999940})"), kNow);
  REQUIRE(over_on_arrival(over));
  CHECK(over_on_arrival(over)->detail.find("1 min before") != std::string::npos);
}

TEST_CASE("what is no signed JWT is told apart, and absurd times are none", "[canary]") {
  CHECK_FALSE(canary_facts("opaque-token", kNow).readable);
  CHECK_FALSE(canary_facts("", kNow).readable);
  const CanaryFacts facts =
      canary_facts(token(R"({"alg":"RS256"})", R"({"iat":1800000000000,"exp":-5})"), kNow);
  CHECK(facts.readable);
  CHECK_FALSE(facts.issued_at);
  CHECK_FALSE(facts.lifetime());
}

}  // namespace idpwatch::checks
