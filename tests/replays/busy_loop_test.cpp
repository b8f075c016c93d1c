// What the daemon's logic makes of its own slowness: much to judge at once, and stretches in which
// the loop does not run.
#include "base/json.hpp"
#include "tests/replays/replay.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

using namespace idpwatch;
using namespace idpwatch::replays;
using base::hours;
using base::milliseconds;
using base::minutes;
using base::seconds;
using Texts = std::vector<std::string>;

namespace {

const std::string kShop = "https://shop.test";
const std::string kBystander = "https://bystander.test";
const std::string kReceiver = "https://hooks.test/oncall";

std::size_t count(const Texts& all, const std::string& text) {
  return static_cast<std::size_t>(std::count(all.begin(), all.end(), text));
}

config::DeploymentConfig service(int number) {
  config::DeploymentConfig deployment;
  deployment.name = "service-" + std::to_string(number);
  deployment.profile = "aspnetcore-jwtbearer";
  deployment.version = "6.10.0";
  deployment.settings.authority = model::TextSetting(kShop);
  deployment.settings.audiences = model::ListSetting({"api://" + std::to_string(number)});
  // A new key is refused for hours, and so is worth a message.
  deployment.settings.refresh_on_unknown_kid = model::FlagSetting(false);
  // Each another one, so that no question is asked twice.
  deployment.settings.clock_skew = model::DurationSetting(seconds(60 + number));
  return deployment;
}

// The messages that hold a finding of that rule.
std::vector<const Message*> about(const Replay& replay, const std::string& rule) {
  std::vector<const Message*> found;
  for (const Message& message : replay.messages()) {
    const auto body = base::Json::parse(message.body);
    const base::Json findings = body["data"].value("findings", base::Json::array());
    const bool holds = std::any_of(findings.begin(), findings.end(), [&](const base::Json& one) {
      return one["rule"].get<std::string>() == rule;
    });
    if (holds) found.push_back(&message);
  }
  return found;
}

std::set<std::string> subjects_of(const std::vector<const Message*>& messages) {
  std::set<std::string> names;
  for (const Message* message : messages) {
    const auto body = base::Json::parse(message->body);
    for (const auto& finding : body["data"]["findings"]) {
      names.insert(finding["subject"]["deployment"].get<std::string>());
    }
  }
  return names;
}

// Those that a message lists, and those that did not fit into it.
std::size_t services_in(const Message& message) {
  const auto body = base::Json::parse(message.body);
  return body["data"]["findings"].size() + body["data"]["more"].get<std::size_t>();
}

// Four authorities, one of them trusted by a service.
void watch_four(Replay& replay) {
  for (const char* name : {"a", "b", "c"}) {
    const std::string issuer = std::string("https://") + name + ".test";
    replay.authority(name, issuer, {"k"});
    replay.clock_offsets[issuer] = base::Duration(0);
  }
  replay.authority("shop", kShop, {"k1"});
  replay.config.deployments = {service(1)};
}

}  // namespace

TEST_CASE("many services that one rotation concerns delay no probe and no alert", "[replays]") {
  constexpr int kServices = 200;
  Replay replay;
  replay.authority("shop", kShop, {"k1"});
  replay.authority("bystander", kBystander, {"k"});
  replay.config.authorities.at(1).spec.interval = seconds(1);
  for (int i = 0; i < kServices; ++i) replay.config.deployments.push_back(service(i));
  replay.start();
  replay.advance(minutes(5));
  replay.keys(kShop, {"k1", "k2"});
  const std::string jwks = kShop + "/jwks", other = kBystander + "/jwks";
  const std::size_t asked = replay.asked_at(jwks).size();
  while (replay.asked_at(jwks).size() == asked) replay.advance(milliseconds(10));
  // Four seconds of judging: each judgement reads the clock once. Each probe does so, too.
  replay.work_takes(milliseconds(20));
  const base::Instant seen = replay.clock().wall();
  const std::size_t before = replay.asked_at(other).size();
  replay.advance(seconds(2));
  const auto first = about(replay, "refusal-rotation");
  REQUIRE_FALSE(first.empty());
  CHECK(first.front()->at - seen <= seconds(2));
  CHECK(subjects_of(first).size() < kServices);
  replay.advance(seconds(8));
  const auto looks = replay.asked_at(other);
  REQUIRE(looks.size() - before >= 8);
  for (std::size_t i = before; i < looks.size(); ++i) {
    CHECK(looks[i] - looks[i - 1] <= seconds(3));
  }
  CHECK(services_in(*about(replay, "refusal-rotation").back()) == kServices);
  CHECK(count(replay.told(), "alert.firing self-late") == 0);
}

TEST_CASE("services of which one is not judged yet are not called well", "[replays]") {
  constexpr int kServices = 50;
  Replay replay;
  replay.authority("shop", kShop, {"k1"});
  for (int i = 0; i < kServices; ++i) replay.config.deployments.push_back(service(i));
  using State = model::RefusalState;
  const auto states = [&](State wanted) {
    const auto shot = replay.watch().snapshot();
    return std::ranges::count(shot->validators, wanted, &watch::ValidatorState::state);
  };
  const auto judging = [&] {
    const auto shot = replay.watch().snapshot();
    return std::ranges::count(shot->validators, "what its authority serves now is being judged",
                              &watch::ValidatorState::why);
  };
  replay.start();
  CHECK(states(State::kUndetermined) == kServices);
  replay.advance(minutes(2));
  CHECK(states(State::kOk) == kServices);
  replay.keys(kShop, {"k1", "k2"});
  const std::size_t asked = replay.asked_at(kShop + "/jwks").size();
  while (replay.asked_at(kShop + "/jwks").size() == asked) replay.advance(milliseconds(10));
  replay.work_takes(milliseconds(30));
  replay.advance(milliseconds(500));
  CHECK(judging() > 0);
  CHECK(judging() < kServices);
  CHECK(states(State::kOk) == 0);
  replay.advance(seconds(10));
  CHECK(judging() == 0);
}

TEST_CASE("a turn that takes very long is nobody else's fault", "[replays]") {
  const auto lasting = GENERATE(seconds(8), seconds(90), seconds(3600));
  Replay replay;
  watch_four(replay);
  replay.start();
  replay.advance(hours(1));
  // In the middle of requests, again and again, at each of them.
  for (const char* issuer :
       {"https://a.test", "https://b.test", "https://c.test", "https://shop.test"}) {
    for (const char* document : {"/.well-known/openid-configuration", "/jwks"}) {
      replay.block_at(issuer + std::string(document), lasting);
      replay.advance(lasting + minutes(2));
    }
  }
  replay.advance(minutes(10));
  Texts told = replay.told();
  std::erase(told, "event key.published");
  if (lasting < seconds(10)) {
    CHECK(told.empty());
  } else {
    CHECK(std::set(told.begin(), told.end()) ==
          std::set<std::string>{"alert.firing self-late", "alert.resolved self-late"});
  }
  const auto shot = replay.watch().snapshot();
  REQUIRE(shot->authorities.size() == 4);
  for (const auto& state : shot->authorities) {
    CHECK(state.state == watch::AuthorityState::State::kOk);
    REQUIRE(state.latency_ms);
    CHECK(*state.latency_ms < 1000);
  }
  CHECK(shot->counters.probes_failed == 0);
}

TEST_CASE("a probe that we interrupted is repeated soon", "[replays]") {
  Replay replay;
  watch_four(replay);
  replay.start();
  replay.advance(hours(1));
  const std::string jwks = kShop + "/jwks";
  replay.block_at(jwks, seconds(90));
  const std::size_t before = replay.asked_at(jwks).size();
  while (replay.asked_at(jwks).size() == before) replay.advance(seconds(1));
  const base::Instant blocked = replay.asked_at(jwks).back();
  replay.advance(minutes(3));
  const auto asked = replay.asked_at(jwks);
  REQUIRE(asked.size() > before + 1);
  CHECK(asked[before + 1] - blocked <= seconds(90 + 17));
}

TEST_CASE("under constant overload self-late fires once and resolves once", "[replays]") {
  Replay replay;
  watch_four(replay);
  for (std::size_t i = 0; i < 4; ++i) {
    replay.config.authorities.at(i).spec.interval = seconds(i % 2 == 0 ? 1 : 60);
  }
  replay.start();
  replay.advance(minutes(10));
  for (int i = 0; i < 720; ++i) {
    replay.block(base::Duration(0), milliseconds(i % 3 == 0 ? 6000 : 2500));
    replay.advance(seconds(i % 3 == 0 ? 7 : 3));
  }
  CHECK(count(replay.told(), "alert.firing self-late") == 1);
  CHECK(count(replay.told(), "alert.resolved self-late") == 0);
  replay.advance(minutes(4));
  CHECK(count(replay.told(), "alert.resolved self-late") == 0);
  replay.advance(minutes(4));
  CHECK(count(replay.told(), "alert.resolved self-late") == 1);
  CHECK(count(replay.told(), "alert.firing authority-unreachable") == 0);
}

TEST_CASE("what an earlier run said of its own lateness ends once this one was calm", "[replays]") {
  Replay replay;
  watch_four(replay);
  replay.start();
  replay.advance(minutes(10));
  replay.block(seconds(5), minutes(3));
  replay.advance(minutes(4));
  REQUIRE(count(replay.told(), "alert.firing self-late") == 1);
  replay.crash_and_start();
  replay.advance(minutes(4));
  CHECK(count(replay.told(), "alert.resolved self-late") == 0);
  replay.advance(minutes(2));
  CHECK(count(replay.told(), "alert.resolved self-late") == 1);
}

TEST_CASE("a delivery that timed out while we stood still is not the receiver's fault",
          "[replays]") {
  Replay replay;
  replay.authority("shop", kShop, {"k1"});
  replay.start();
  replay.advance(minutes(10));
  replay.block_at(kReceiver, minutes(2));
  replay.keys(kShop, {"k1", "k2"});
  replay.advance(minutes(4));
  CHECK(count(replay.told(), "event key.published") == 2);
  CHECK(count(replay.told(), "alert.firing self-receiver") == 0);
  const auto shot = replay.watch().snapshot();
  REQUIRE(shot->receivers.size() == 1);
  CHECK(shot->receivers.front().failed == decltype(shot->receivers.front().failed){});
  CHECK(shot->outbox.queued == 0);
}

TEST_CASE("a real outage is told although the loop was slow now and then", "[replays]") {
  Replay replay;
  watch_four(replay);
  replay.start();
  replay.advance(hours(1));
  replay.fail(kShop, model::FailureKind::kTimeout);
  for (int i = 0; i < 60; ++i) {
    replay.block(seconds(1), milliseconds(400));
    replay.advance(seconds(3));
  }
  CHECK(count(replay.told(), "alert.firing authority-unreachable") == 1);
  CHECK(count(replay.told(), "alert.firing self-late") == 0);
}

TEST_CASE("the first look at a change is judged as the later ones are", "[replays]") {
  Replay replay;
  replay.authority("shop", kShop, {"k1"});
  replay.config.deployments = {service(1)};
  replay.start();
  replay.advance(hours(24));
  replay.keys(kShop, {"k1", "k2"});
  replay.advance(minutes(10));
  CHECK(about(replay, "refusal-rotation").size() == 1);
}

TEST_CASE("a step of the local clock is seen however many authorities are looked at", "[replays]") {
  Replay replay;
  for (int i = 0; i < 60; ++i) {
    const std::string name = "a" + std::to_string(i);
    replay.authority(name, "https://" + name + ".test", {"k"});
  }
  replay.start();
  replay.advance(minutes(5));
  replay.clock().step_wall(minutes(30));
  replay.advance(minutes(1));
  CHECK(count(replay.event_types(), "clock.step") == 1);
}
