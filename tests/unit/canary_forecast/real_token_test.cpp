// What a real token adds to the forecast: its own claims as evidence, its lifetime against what
// callers need, and the key that signs now.
#include "forecast/windows/schedules.hpp"
#include "tests/unit/forecast/fixture.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <memory>

namespace idpwatch::forecast {
namespace {

using base::hours;
using base::minutes;
using base::seconds;
using model::Certainty;
using model::Severity;

std::shared_ptr<checks::CanaryFacts> real_token(base::Duration lives) {
  auto facts = std::make_shared<checks::CanaryFacts>();
  facts->readable = true;
  facts->fetched_at = kNoon - minutes(1);
  facts->kid = "old";
  facts->audiences = {"orders"};
  facts->issued_at = facts->not_before = kNoon - minutes(1);
  facts->expires = kNoon - minutes(1) + lives;
  return facts;
}

// As the watch puts it: the token's own values stand for what was assumed.
void show(Fixture& world, const std::shared_ptr<checks::CanaryFacts>& facts) {
  world.tokens.shown = facts;
  world.tokens.audience = facts->audiences.front();
  world.tokens.lifetime = facts->lifetime().value_or(hours(1));
}

}  // namespace

TEST_CASE("a real token for another audience is a refusal with the token as evidence", "[canary]") {
  Fixture world("8.23.0");
  world.settings.audiences = model::ListSetting({"payments"});
  show(world, real_token(hours(1)));
  const model::Finding finding = world.finding("refusal-audience", kNoon);
  CHECK(finding.certainty == Certainty::kCertain);
  const auto brought = std::ranges::find(finding.evidence, "orders", &model::Evidence::value);
  REQUIRE(brought != finding.evidence.end());
  CHECK(brought->source == "a real token fetched at 2026-11-24T11:59:00Z");
}

TEST_CASE("of several audiences in a real token one that fits is enough", "[canary]") {
  Fixture world("8.23.0");
  world.settings.audiences = model::ListSetting({"orders"});
  auto facts = real_token(hours(1));
  facts->audiences = {"account", "orders"};
  show(world, facts);
  CHECK(world.good("refusal-audience", kNoon));
}

TEST_CASE("tokens that end before callers are done with them are told, with both times",
          "[canary]") {
  Fixture world("8.23.0");
  world.settings.audiences = model::ListSetting({"orders"});
  show(world, real_token(minutes(10)));
  CHECK(world.good("refusal-lifetime", kNoon));
  world.tokens.needed = hours(6);
  const model::Finding finding = world.finding("refusal-lifetime", kNoon);
  CHECK(finding.severity == Severity::kWarning);
  CHECK(finding.error_id == "IDX10223");
  CHECK(finding.status == 401);
  CHECK(finding.summary.find("10 min") != std::string::npos);
  CHECK(finding.summary.find("6 h") != std::string::npos);
  // The service's own tolerance counts: 10 min of life and 5 min of skew.
  world.tokens.needed = minutes(14);
  CHECK(world.good("refusal-lifetime", kNoon));
}

TEST_CASE("a token that is postdated beyond the tolerance is refused when it arrives", "[canary]") {
  Fixture world("8.23.0");
  world.settings.audiences = model::ListSetting({"orders"});
  auto facts = real_token(hours(1));
  facts->not_before = *facts->issued_at + minutes(4);
  show(world, facts);
  CHECK(world.good("refusal-lifetime", kNoon));
  auto later = real_token(hours(1));
  later->not_before = *later->issued_at + minutes(10);
  show(world, later);
  const model::Finding finding = world.finding("refusal-lifetime", kNoon);
  CHECK(finding.severity == Severity::kCritical);
  CHECK(finding.error_id == "IDX10222");
}

TEST_CASE("without a real token nothing is said of lifetimes", "[canary]") {
  Fixture world("8.23.0");
  world.tokens.needed = hours(24);
  CHECK(world.good("refusal-lifetime", kNoon));
}

TEST_CASE("a published key that a real token shows not to sign yet is refused from then on",
          "[canary]") {
  const auto rotation = [](std::optional<SignerPin> signer) {
    Fixture world("8.23.0");
    world.settings.refresh_on_unknown_kid = model::FlagSetting(false);
    world.keys(kNoon - hours(2), {"old", "new"});
    world.signer = std::move(signer);
    return world.finding("refusal-rotation", kNoon);
  };
  const model::Finding blind = rotation(std::nullopt);
  const model::Finding pinned = rotation(SignerPin{"old", kNoon - hours(3), kNoon});
  REQUIRE(blind.window->earliest);
  REQUIRE(pinned.window->earliest);
  CHECK(*blind.window->earliest <= kNoon);
  CHECK(*pinned.window->earliest >= *blind.window->earliest);
  CHECK(std::ranges::any_of(pinned.evidence, [](const model::Evidence& one) {
    return one.fact == "signs now" && one.value == "kid 'old'";
  }));
  // It signs: callers bring it now.
  const model::Finding signs = rotation(SignerPin{"new", kNoon - minutes(1), kNoon});
  CHECK(*signs.window->earliest <= kNoon);
}

TEST_CASE("the key that a real token was signed with replaces the guesses about it", "[canary]") {
  KeySetHistory line(2);
  const auto keys = [](std::initializer_list<const char*> kids) {
    auto all = std::make_shared<std::vector<model::Jwk>>();
    for (const char* kid : kids) {
      model::Jwk key;
      key.kid = kid;
      key.thumbprint = std::string("thumbprint of ") + kid;
      all->push_back(key);
    }
    return SharedKeys(all);
  };
  line[0].at = base::Instant::min();
  line[0].keys = keys({"old"});
  line[1].at = kNoon - hours(2);
  line[1].keys = keys({"old", "new"});
  Signing signing;
  const auto signs_at = [&](const Schedule& schedule, base::Instant at) {
    std::string kid;
    for (const Segment& segment : schedule) {
      if (segment.from <= at) kid = segment.token->kid.value_or("");
    }
    return kid;
  };
  // Nothing is known: one guess has the new key sign since it came.
  const auto blind = schedules(line, signing);
  CHECK(std::ranges::any_of(
      blind, [&](const Schedule& one) { return signs_at(one, kNoon - hours(1)) == "new"; }));
  signing.pin = SignerPin{"old", kNoon - hours(3), kNoon - minutes(5)};
  const auto pinned = schedules(line, signing);
  REQUIRE_FALSE(pinned.empty());
  for (const Schedule& one : pinned) CHECK(signs_at(one, kNoon - hours(1)) == "old");
  CHECK(std::ranges::any_of(pinned,
                            [&](const Schedule& one) { return signs_at(one, kNoon) == "new"; }));
  signing.pin = SignerPin{"new", kNoon - minutes(5), kNoon - minutes(1)};
  for (const Schedule& one : schedules(line, signing)) {
    CHECK(signs_at(one, kNoon - minutes(2)) == "new");
  }
}

}  // namespace idpwatch::forecast
