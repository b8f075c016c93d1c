#include "tests/unit/validators/served_documents.hpp"

#include <catch2/catch.hpp>

#include <chrono>

using namespace idpwatch;
using test::key_one;
using test::key_two;

namespace {

validators::Answer ask(validators::Simulation& service, const test::TestWorld& world,
                       base::Instant at, const test::TestKey& key) {
  return service.request(world, {at, at, test::token(key, at - base::minutes(10))});
}

}  // namespace

TEST_CASE("a synthetic token is valid by the thumbprint of its key", "[validators]") {
  const test::TestWorld world;
  validators::Simulation service(test::validator("8.0.1"));
  const auto good = ask(service, world, test::start(), key_one());
  CHECK(good.status == 200);
  CHECK(good.fetches == validators::FetchCount{1, 1});
  test::TestKey forged = key_two();
  forged.kid = "k1";
  CHECK(ask(service, world, test::start(), forged).error == "IDX10511");
}

TEST_CASE("a key that comes without lead is refused by old versions for one request",
          "[validators]") {
  test::TestWorld world;
  validators::Simulation service(test::validator("6.33.0"));
  CHECK(ask(service, world, test::start(), key_one()).status == 200);
  world.serve_keys({key_two()});
  const auto later = test::start() + base::hours(1);
  const auto first = ask(service, world, later, key_two());
  CHECK(first.error == "IDX10503");
  CHECK(first.message.starts_with(
      "IDX10503: Signature validation failed. Token does not have a kid."));
  CHECK(first.challenge ==
        R"(Bearer error="invalid_token", error_description="The signature key was not found")");
  CHECK(ask(service, world, later + base::seconds(5), key_two()).status == 200);
}

TEST_CASE("the same swap is met by the request itself with .NET 8 and a blocking library",
          "[validators]") {
  test::TestWorld world;
  validators::Simulation service(test::validator("8.0.1"));
  CHECK(ask(service, world, test::start(), key_one()).status == 200);
  world.serve_keys({key_two()});
  const auto answer = ask(service, world, test::start() + base::hours(1), key_two());
  CHECK(answer.status == 200);
  CHECK(answer.fetches == validators::FetchCount{1, 1});
}

TEST_CASE("a withdrawn key is accepted for an hour as last known good", "[validators]") {
  test::TestWorld world;
  validators::Simulation service(test::validator("8.23.0"));
  CHECK(ask(service, world, test::start(), key_one()).status == 200);
  world.serve_keys({key_two()});
  const auto swap = test::start() + base::minutes(30);
  CHECK(ask(service, world, swap, key_two()).error == "IDX10503");  // refetched behind it
  CHECK(ask(service, world, swap + base::minutes(25), key_one()).status == 200);
  CHECK(ask(service, world, swap + base::minutes(31), key_one()).error == "IDX10503");
}

TEST_CASE("a copy of a simulation goes its own way", "[validators]") {
  test::TestWorld world;
  validators::Simulation service(test::validator("8.0.1"));
  CHECK(ask(service, world, test::start(), key_one()).status == 200);
  validators::Simulation copy = service;
  world.serve_keys({key_two()});
  const auto later = test::start() + base::minutes(1);
  CHECK(ask(copy, world, later, key_two()).fetches == validators::FetchCount{1, 1});
  CHECK(copy.key_thumbprints() == std::vector{key_two().thumbprint()});
  CHECK(service.key_thumbprints() == std::vector{key_one().thumbprint()});
}

TEST_CASE("a start during an outage is 500 up to .NET 7 and 401 from .NET 8 on", "[validators]") {
  test::TestWorld world;
  world.fail(validators::Fault::kRefused);
  validators::Simulation old_service(test::validator("6.33.0"));
  const auto refused = ask(old_service, world, test::start(), key_one());
  CHECK(refused.status == 500);
  CHECK(refused.error == "IDX20803");
  validators::Simulation service(test::validator("8.0.1"));
  CHECK(ask(service, world, test::start(), key_one()).error == "IDX10204");
}

TEST_CASE("the clock is the service's own", "[validators]") {
  const test::TestWorld world;
  validators::Simulation service(test::validator("8.0.1"));
  const auto at = test::start();
  const auto answer =
      service.request(world, {at, at - base::minutes(6), test::token(key_one(), at)});
  CHECK(answer.error == "IDX10222");
  CHECK(service.request(world, {at, at - base::minutes(4), test::token(key_one(), at)}).status ==
        200);
}
