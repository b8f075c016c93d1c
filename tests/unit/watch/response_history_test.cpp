// What of a look counts as what the authority served.
#include "watch/response_history.hpp"

#include <catch2/catch.hpp>

#include <memory>
#include <string>

using namespace idpwatch;

TEST_CASE("A body that our own limit cut says nothing of what services are handed", "[daemon]") {
  const std::string url = "https://shop.test/.well-known/openid-configuration";
  model::Observation seen;
  seen.at = base::from_unix_seconds(1'764'000'000);
  model::Fetch cut;
  cut.url = url;
  cut.status = 200;
  cut.failure = model::Failure{model::FailureKind::kBody, model::FailureDetail::kTooLarge,
                               "the body is over the size limit"};
  seen.discovery = cut;

  watch::ResponseHistory feed;
  feed.observe(seen, nullptr, nullptr);
  CHECK_FALSE(feed.history().knows(url));

  model::Fetch whole;
  whole.url = url;
  whole.status = 200;
  const auto body = std::make_shared<const std::string>("{}");
  seen.discovery = whole;
  feed.observe(seen, body, nullptr);
  seen.at += base::minutes(1);
  seen.discovery = cut;
  feed.observe(seen, nullptr, nullptr);
  REQUIRE(feed.history().knows(url));
  CHECK(feed.history().changes(url)->size() == 1);
  CHECK(feed.history().fetch(url, seen.at).fault == validators::Fault::kNone);
}

namespace {

// A key set with keys of these last letters.
std::shared_ptr<const std::string> set_of(const std::string& letters) {
  std::string keys;
  for (const char letter : letters) {
    keys += std::string(keys.empty() ? "" : ",") + R"({"kty":"OKP","crv":"Ed25519","kid":")" +
            letter + R"(","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHUR)" + letter + "\"}";
  }
  return std::make_shared<const std::string>("{\"keys\":[" + keys + "]}");
}

}  // namespace

TEST_CASE("A known key is absent since the first set without it, until it returns", "[daemon]") {
  const base::Instant begin = base::from_unix_seconds(1'764'000'000);
  watch::ResponseHistory feed;
  const auto look = [&](int minute, const std::string& letters) {
    model::Observation seen;
    seen.at = begin + base::minutes(minute);
    model::Fetch keys;
    keys.url = "https://shop.test/keys";
    keys.status = 200;
    seen.jwks = keys;
    feed.observe(seen, nullptr, set_of(letters));
  };
  look(0, "AE");
  look(1, "A");
  look(2, "AI");
  auto known = feed.known_keys();
  REQUIRE(known.size() == 3);
  CHECK_FALSE(known[0].first_absent_at);
  CHECK(known[1].first_absent_at == begin + base::minutes(1));
  CHECK(known[0].initial);
  CHECK_FALSE(known[2].initial);
  CHECK(known[2].first_seen == begin + base::minutes(2));
  look(3, "AE");
  known = feed.known_keys();
  REQUIRE(known.size() == 3);
  CHECK_FALSE(known[1].first_absent_at);
  CHECK(known[2].first_absent_at == begin + base::minutes(3));
}

TEST_CASE("A look whose times are not known does not make a slow provider fast", "[daemon]") {
  const std::string url = "https://shop.test/jwks";
  watch::ResponseHistory feed;
  feed.set_waits({base::seconds(2)});
  const auto body = std::make_shared<const std::string>("{}");
  for (const std::int64_t took : {3'000'000, 0}) {
    model::Observation seen;
    seen.at = base::from_unix_seconds(1'764'000'000 + (took == 0 ? 60 : 0));
    seen.jwks.emplace();
    seen.jwks->url = url;
    seen.jwks->status = 200;
    seen.jwks->phases.first_byte_us = seen.jwks->phases.total_us = took;
    feed.observe(seen, nullptr, body);
  }
  REQUIRE(feed.history().changes(url) != nullptr);
  CHECK(feed.history().changes(url)->size() == 1);
  CHECK(feed.latency() == base::seconds(3));
}
