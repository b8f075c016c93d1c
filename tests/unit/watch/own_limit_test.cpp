// What idpwatch itself did not do or ended, and whose keys sign the tokens of callers.
#include "watch/own_limit.hpp"

#include "watch/caller_tokens.hpp"
#include "watch/response_history.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <memory>
#include <string>

using namespace idpwatch;

namespace {

model::Fetch failed(model::FailureKind kind, model::FailureDetail detail) {
  model::Fetch fetch;
  fetch.url = "https://keys.test/jwks";
  fetch.failure = model::Failure{kind, detail, "as the library says it"};
  return fetch;
}

bool names(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

model::Jwk key(const std::string& kid) {
  return model::parse_jwk(nlohmann::json{{"kty", "EC"},
                                         {"crv", "P-256"},
                                         {"kid", kid},
                                         {"x", "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4"},
                                         {"y", "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}});
}

}  // namespace

TEST_CASE("a limit of ours is named with its setting", "[daemon]") {
  using Kind = model::FailureKind;
  using Detail = model::FailureDetail;
  CHECK(names(watch::own_limit(failed(Kind::kConnect, Detail::kAddressRefused)),
              "limits.private_addresses"));
  CHECK(names(watch::own_limit(failed(Kind::kBody, Detail::kTooLarge)), "limits.body"));
  CHECK(
      names(watch::own_limit(failed(Kind::kHttp, Detail::kTooManyRedirects)), "limits.redirects"));
  CHECK(watch::own_limit(failed(Kind::kHttp, Detail::kRedirectLoop)).empty());
  CHECK(watch::own_limit(failed(Kind::kConnect, Detail::kNone)).empty());
  CHECK(watch::own_limit(failed(Kind::kTls, Detail::kCertificateExpired)).empty());
}

TEST_CASE("an address that we did not ask is no answer of the provider", "[daemon]") {
  model::Observation seen;
  seen.at = base::from_unix_seconds(1'764'000'000);
  seen.jwks = failed(model::FailureKind::kConnect, model::FailureDetail::kAddressRefused);
  watch::ResponseHistory feed;
  feed.observe(seen, nullptr, nullptr);
  CHECK_FALSE(feed.history().knows("https://keys.test/jwks"));
}

TEST_CASE("keys are known behind a redirect, as the services follow it", "[daemon]") {
  model::Observation seen;
  seen.at = base::from_unix_seconds(1'764'000'000);
  model::Fetch fetch;
  fetch.url = "https://keys.test/jwks";
  fetch.redirects = {"https://keys.test/v2/jwks"};
  fetch.status = 200;
  seen.jwks = fetch;
  watch::ResponseHistory feed;
  feed.observe(seen, nullptr,
               std::make_shared<const std::string>(R"({"keys":[)" + key("a").members + "]}"));
  REQUIRE(feed.known_keys().size() == 1);
  CHECK(feed.known_keys().front().key.kid == "a");
}

TEST_CASE("callers' tokens: no audience, and the keys of the watched issuer", "[daemon]") {
  std::vector<config::CallerTokens> callers(2);
  callers[0].audience = "none";
  callers[1].issuer = "https://b.test";
  const std::vector<watch::WatchedIssuer> watched{
      {"a", {"https://a.test"}, {key("of a")}},
      {"b", {"https://b.test"}, {key("of b")}},
      {"asked", {"https://b.test"}, {key("of the asked one")}}};
  const auto facts = watch::token_facts(callers, "asked", watched, forecast::kOurTokens);
  REQUIRE(facts.size() == 2);
  CHECK(facts[0].audience == "");
  CHECK(facts[0].other_keys.empty());
  REQUIRE(facts[1].other_keys.size() == 1);
  CHECK(facts[1].other_keys.front().kid == "of b");
  CHECK(facts[1].other_keys_of == "b");
  CHECK(watch::token_facts({}, "asked", watched, forecast::kOurTokens).size() == 1);
}
