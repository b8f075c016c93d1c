// A service whose authority cannot be reached from here: what stands in its file is judged all the
// same, and what only the authority can tell is unknown.
#include "base/encoding.hpp"
#include "explain/check_by_check.hpp"
#include "explain/explain_token.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

namespace idpwatch::explain {
namespace {

const base::Instant kNow = base::from_unix_seconds(1'796'040'000);

Explanation token(const std::string& issuer, const std::string& audience) {
  const std::string claims = R"({"iss":")" + issuer + R"(","aud":")" + audience +
                             R"(","nbf":1796039000,"exp":1796043000})";
  TokenQuestion question;
  question.now = kNow;
  return explain_token(base::base64url_encode(R"({"alg":"RS256","kid":"k"})") + '.' +
                           base::base64url_encode(claims) + ".c2ln",
                       question);
}

ValidatorExplanation asked(const Explanation& explanation, bool names_issuer) {
  model::ValidatorSettings settings;
  settings.profile = "aspnetcore-jwtbearer";
  settings.version = "8.0.1";
  settings.authority = model::TextSetting("https://idp.example.com");
  settings.audiences = model::ListSetting({"orders"}, {"appsettings.json", 4, "ValidAudience"});
  if (names_issuer) settings.issuers = model::ListSetting({"https://idp.example.com/"});
  const auto validator = validators::Validator::compile(settings);
  REQUIRE(validator);
  KnownAuthority authority;
  authority.name = "idp";
  authority.issuer = "https://idp.example.com";
  authority.metadata_url = "https://idp.example.com/.well-known/openid-configuration";
  authority.why_unknown = "It could not be asked: timeout.";
  return explain_validator({"orders-api", settings, *validator, &authority, std::nullopt},
                           explanation);
}

CheckOutcome outcome(const ValidatorExplanation& found, CheckName name) {
  const auto line = std::find_if(found.checks.begin(), found.checks.end(),
                                 [&](const CheckLine& one) { return one.name == name; });
  REQUIRE(line != found.checks.end());
  return line->outcome;
}

}  // namespace

TEST_CASE("audience, issuer and lifetime are judged by the file when the authority is silent",
          "[explain]") {
  const Explanation right = token("https://idp.example.com/", "orders");
  const ValidatorExplanation good = asked(right, true);
  CHECK_FALSE(good.accepted);
  CHECK(outcome(good, CheckName::kKey) == CheckOutcome::kUnknown);
  CHECK(outcome(good, CheckName::kAudience) == CheckOutcome::kOk);
  CHECK(outcome(good, CheckName::kIssuer) == CheckOutcome::kOk);
  CHECK(outcome(good, CheckName::kLifetime) == CheckOutcome::kOk);
  const Explanation wrong = token("https://other.example.com/", "payments");
  const ValidatorExplanation bad = asked(wrong, true);
  CHECK(outcome(bad, CheckName::kAudience) == CheckOutcome::kRefused);
  CHECK(outcome(bad, CheckName::kIssuer) == CheckOutcome::kRefused);
}

TEST_CASE("an issuer that only the authority's document names stays unknown", "[explain]") {
  const Explanation one = token("https://idp.example.com/", "payments");
  const ValidatorExplanation found = asked(one, false);
  CHECK(outcome(found, CheckName::kIssuer) == CheckOutcome::kUnknown);
  CHECK(outcome(found, CheckName::kAudience) == CheckOutcome::kRefused);
}

}  // namespace idpwatch::explain
