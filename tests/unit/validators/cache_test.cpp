#include "tests/unit/validators/served_documents.hpp"

#include <catch2/catch.hpp>

#include <random>

using namespace idpwatch;
using test::key_one;
using test::key_two;

namespace {

// One process, asked at random; what it fetched when.
struct Run {
  std::vector<base::Instant> fetched;
  std::vector<validators::Answer> answers;
};

Run random_run(const std::string& version, unsigned seed, bool junk) {
  std::mt19937 random(seed);
  std::exponential_distribution<double> gap(1.0 / 600);
  test::TestWorld world;
  validators::Simulation service(test::validator(version));
  Run run;
  base::Instant now = test::start();
  for (int i = 0; i < 400; ++i) {
    now += base::seconds(1 + static_cast<int>(gap(random)));
    const bool unknown = junk && random() % 2 == 0;
    const auto answer = service.request(
        world, {now, now, test::token(unknown ? key_two() : key_one(), now)}, false);
    if (answer.fetches.discovery > 0) {
      run.fetched.push_back(now);
    }
    run.answers.push_back(answer);
  }
  return run;
}

}  // namespace

TEST_CASE("without junk the cache is fetched once per interval", "[validators]") {
  const std::string version = GENERATE("5.7.2", "6.10.0", "6.33.0", "8.0.1", "8.23.0");
  const auto rules = test::validator(version);
  const Run run = random_run(version, 7, false);
  for (std::size_t i = 1; i < run.fetched.size(); ++i) {
    INFO(version);
    CHECK(run.fetched[i] - run.fetched[i - 1] >= rules->cache().lasts.least);
  }
  for (const auto& answer : run.answers) {
    CHECK(answer.status == 200);
  }
}

TEST_CASE("junk forces no fetch more often than the gap, but for the first", "[validators]") {
  const std::string version = GENERATE("5.7.2", "6.10.0", "6.33.0", "7.5.0", "8.0.1", "8.23.0");
  const unsigned seed = GENERATE(1U, 2U, 3U);
  const auto rules = test::validator(version);
  const Run run = random_run(version, seed, true);
  int early = 0;
  for (std::size_t i = 1; i < run.fetched.size(); ++i) {
    early += run.fetched[i] - run.fetched[i - 1] < rules->cache().throttle.gap ? 1 : 0;
  }
  INFO(version << " seed " << seed);
  CHECK(early <= 1);
  CHECK(run.fetched.size() > 5);
}

TEST_CASE("the drawn jitter lies between its ends", "[validators]") {
  const test::TestWorld world;
  const auto rules = test::validator("8.23.0");
  const auto due_with = [&](double where) {
    validators::Simulation service(rules, {where, where});
    service.request(world, {test::start(), test::start(), test::token(key_one(), test::start())});
    return service.refresh_due_at() - test::start();
  };
  CHECK(due_with(0) == base::hours(12));
  CHECK(due_with(0.9999) <= rules->cache().lasts.most);
  CHECK(due_with(0.9999) > base::hours(12) + base::minutes(35));
  CHECK(rules->cache().lasts.most ==
        base::hours(12) + base::minutes(36) - base::seconds(1));  // drawn below it
}

TEST_CASE("an interval below its minimum breaks every request", "[validators]") {
  model::ValidatorSettings settings;
  settings.profile = "aspnetcore-jwtbearer";
  settings.version = "8.0.1";
  settings.authority = model::TextSetting(std::string(test::kAuthority));
  settings.automatic_refresh = model::DurationSetting(base::minutes(1));
  const auto compiled = validators::Validator::compile(settings);
  REQUIRE(compiled);
  validators::Simulation service(*compiled);
  const test::TestWorld world;
  const auto answer = service.request(world, {test::start(), test::start(), {}});
  CHECK(answer.status == 500);
  CHECK(answer.error == "IDX10108");
}

// TokenUtilities.IsRecoverableConfiguration compares JsonWebToken.Kid, "" where there is none, or
// JwtHeader.Kid, null where there is none, with the null of a key without id.
TEST_CASE("a token without kid finds a last-known-good key without id in the legacy handler alone",
          "[validators]") {
  const std::string version = GENERATE("7.7.3", "8.0.1", "8.23.0");
  const bool legacy = GENERATE(false, true);
  test::TestKey old_key = key_one();
  test::TestKey new_key = key_two();
  old_key.kid.clear();
  new_key.kid.clear();
  test::TestWorld world;
  world.serve_keys({old_key});
  validators::Simulation service(test::validator(version, legacy ? "legacy-handler" : ""));
  const auto ask = [&](int second, const test::TestKey& key) {
    const base::Instant now = test::start() + base::seconds(second);
    return service.request(world, {now, now, test::token(key, test::start())}, false);
  };
  REQUIRE(ask(5, old_key).status == 200);
  world.serve_keys({new_key});
  ask(10, new_key);  // a refresh follows from it
  REQUIRE(ask(15, new_key).status == 200);
  const auto answer = ask(20, old_key);
  INFO(version << (legacy ? " legacy" : ""));
  CHECK(answer.status == (legacy ? 200 : 401));
  CHECK(answer.error == (legacy ? "" : "IDX10517"));
}
