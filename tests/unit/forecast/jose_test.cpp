// A service whose library caches the keys alone and uses no set that is too old: what the plain
// policy says of it, on cases that were worked by hand.
#include "fixture.hpp"

#include <catch2/catch.hpp>

namespace idpwatch::forecast {

using base::hours;
using base::minutes;
using base::seconds;
using model::Certainty;
using model::Condition;
using validators::Fault;

namespace {

struct NodeService : Fixture {
  NodeService() : Fixture("6.2.18") {
    settings.profile = "jose";
    settings.jwks_url = model::TextSetting(std::string(kKeys));
    settings.issuers = model::ListSetting({std::string(kIssuer)});
  }
};

}  // namespace

TEST_CASE("A swap at once is over in half a minute for a service in Node.js", "[forecast][jose]") {
  NodeService world;
  world.keys(kNoon, {"new"});
  const auto rotation = world.finding("refusal-rotation", kNoon + seconds(5));
  CHECK(rotation.error_id == "ERR_JWKS_NO_MATCHING_KEY");
  CHECK(rotation.status == 401);
  CHECK(rotation.certainty == Certainty::kPossible);
  REQUIRE(rotation.window->until);
  CHECK(*rotation.window->until <= kNoon + seconds(45));
  CHECK(rotation.window->longest_s <= 30);
  CHECK(rotation.remedy.find("30 s before it signs") != std::string::npos);
}

TEST_CASE("A next key that is published in time is no news for a service in Node.js",
          "[forecast][jose]") {
  NodeService world;
  world.keys(kNoon, {"old", "new"});
  CHECK(world.good("refusal-rotation", kNoon + minutes(1)));
}

TEST_CASE("A running service in Node.js refuses every token once its set is too old",
          "[forecast][jose]") {
  NodeService world;
  world.serve(kNoon, kKeys, fault(Fault::kRefused));
  const auto early = world.finding("refusal-unreachable", kNoon + seconds(10));
  CHECK(early.condition == Condition::kRunning);
  CHECK(early.error_id == "ECONNREFUSED");
  CHECK_FALSE(early.window->until);
  CHECK(early.remedy.find("running instances still use") == std::string::npos);
  const auto late = world.finding("refusal-unreachable", kNoon + minutes(11));
  CHECK(late.certainty == Certainty::kLikely);
  CHECK(late.severity == model::Severity::kCritical);
}

TEST_CASE("The document of its authority is nothing to a service in Node.js", "[forecast][jose]") {
  NodeService world;
  world.serve(kNoon, kMetadata, fault(Fault::kRefused));
  CHECK(world.bad_rules(kNoon + hours(1)).empty());
}

TEST_CASE("A service in Node.js follows no redirect to its key set", "[forecast][jose]") {
  NodeService world;
  validators::Served moved;
  moved.status = 302;
  moved.location = "https://id.example.com/other";
  world.serve(kNoon, kKeys, moved);
  const auto redirect = world.finding("refusal-redirect", kNoon + minutes(11));
  CHECK(redirect.error_id == "ERR_JOSE_GENERIC");
  CHECK(redirect.remedy.find("URL of createRemoteJWKSet") != std::string::npos);
}

TEST_CASE("A service in Node.js takes the issuers of its options and no other",
          "[forecast][jose]") {
  NodeService world;
  world.serve(kNoon, kMetadata, body(document("https://new.example.com")));
  const auto issuer = world.finding("refusal-issuer", kNoon + minutes(1));
  CHECK(issuer.error_id == "ERR_JWT_CLAIM_VALIDATION_FAILED");
  CHECK(issuer.remedy.find("the option issuer of jwtVerify") != std::string::npos);
}

TEST_CASE("Without an address of its own it is the key set that the document names",
          "[forecast][jose]") {
  NodeService world;
  world.settings.jwks_url = {};
  world.keys(kNoon, {"new"});
  CHECK(world.finding("refusal-rotation", kNoon + seconds(5)).error_id ==
        "ERR_JWKS_NO_MATCHING_KEY");
}

TEST_CASE("Keys that are kept for ever outlive an outage", "[forecast][jose]") {
  NodeService world;
  world.settings.version = "4.6.0";  // no cacheMaxAge
  world.serve(kNoon, kKeys, fault(Fault::kRefused));
  CHECK(world.finding("refusal-unreachable", kNoon + hours(3)).condition == Condition::kRestarted);
}

}  // namespace idpwatch::forecast
