// What of a look counts as what the authority served.
#include "daemon/history_feed.hpp"

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

  daemon::HistoryFeed feed;
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
