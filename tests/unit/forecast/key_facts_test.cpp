// Which key signs, by which name, and whether anybody would miss it: what recorded providers do
// with their key sets that is no rotation, or none for this service.
#include "fixture.hpp"

#include <catch2/catch.hpp>

#include <array>

namespace idpwatch::forecast {

using base::hours;
using base::minutes;
using base::seconds;
using model::Certainty;
using model::Severity;

namespace {

constexpr std::array kVersions{"5.6.0", "6.10.0", "7.1.2", "8.0.1", "8.23.0"};

// That key under another name.
std::string renamed(const std::string& key, const std::string& kid) {
  std::string text = jwk(key);
  const std::string from = "\"kid\":\"" + key + "\"";
  text.replace(text.find(from), from.size(), "\"kid\":\"" + kid + "\"");
  return text;
}

std::string set_of(const std::vector<std::string>& entries) {
  std::string text;
  for (const std::string& entry : entries) text += (text.empty() ? "" : ",") + entry;
  return "{\"keys\":[" + text + "]}";
}

std::string eddsa(const std::string& kid) {
  std::string x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
  x[3] = kid.back();
  return R"({"kty":"OKP","crv":"Ed25519","use":"sig","alg":"EdDSA","kid":")" + kid + R"(","x":")" +
         x + "\"}";
}

void set_at(Fixture& world, base::Instant at, const std::vector<std::string>& entries) {
  world.serve(at, kKeys, body(set_of(entries)));
}

}  // namespace

TEST_CASE("A key that gets more names, and stands twice under one, is refused nowhere",
          "[forecast]") {
  for (const char* version : {"7.1.2", "8.0.1", "8.23.0"}) {
    CAPTURE(version);
    Fixture world(version);
    set_at(world, kNoon - hours(40), {jwk("old"), renamed("old", "two")});
    CHECK(world.bad_rules(kNoon - hours(40)).empty());
    set_at(world, kNoon,
           {renamed("old", "three"), jwk("old"), renamed("old", "two"), renamed("old", "four"),
            renamed("old", "two")});
    for (const auto& result : world.judge(kNoon + minutes(1)).results) {
      if (result.health == model::Health::kPassing) continue;
      INFO(result.finding.summary);
      // At most a name that a cache does not know yet.
      CHECK(result.finding.rule == "refusal-rotation");
      CHECK(result.finding.certainty == Certainty::kPossible);
    }
  }
}

TEST_CASE("An entry that stood twice and stands once is no change", "[forecast]") {
  for (const char* version : kVersions) {
    CAPTURE(version);
    Fixture world(version);
    set_at(world, kNoon - hours(40), {jwk("old"), jwk("old")});
    set_at(world, kNoon, {jwk("old")});
    CHECK(world.bad_rules(kNoon + minutes(1)).empty());
    set_at(world, kNoon + minutes(5), {jwk("old"), jwk("old")});
    CHECK(world.bad_rules(kNoon + minutes(6)).empty());
  }
}

TEST_CASE("A key that this library cannot use is missed by nobody when it goes", "[forecast]") {
  for (const char* version : kVersions) {
    CAPTURE(version);
    Fixture world(version);
    set_at(world, kNoon - hours(40), {eddsa("ed1"), eddsa("ed2"), jwk("old")});
    set_at(world, kNoon, {eddsa("ed2"), jwk("old")});
    CHECK(world.good("refusal-withdrawn-key", kNoon + minutes(1)));
    CHECK(world.good("refusal-rotation", kNoon + minutes(1)));
    set_at(world, kNoon + minutes(5), {eddsa("ed2"), eddsa("ed3"), jwk("old")});
    CHECK(world.good("refusal-rotation", kNoon + minutes(6)));
  }
}

TEST_CASE("Of several keys that could sign, the going of one is possible at most", "[forecast]") {
  for (const char* version : kVersions) {
    CAPTURE(version);
    Fixture world(version);
    world.keys(kNoon - hours(40), {"old", "r1", "r2"});
    world.keys(kNoon, {"r1", "r2"});
    for (const auto& result : world.judge(kNoon + minutes(1)).results) {
      if (result.health == model::Health::kPassing) continue;
      INFO(result.finding.summary);
      CHECK(result.finding.certainty == Certainty::kPossible);
      CHECK(result.finding.severity == Severity::kInfo);
    }
  }
}

TEST_CASE("The key that is told is the newest that may sign, and the others are named beside it",
          "[forecast]") {
  Fixture world("7.1.2");
  world.keys(kNoon, {"old", "first"});
  world.keys(kNoon + minutes(2), {"old", "first", "second"});
  const model::Finding finding = world.finding("refusal-rotation", kNoon + minutes(3));
  INFO(finding.summary);
  CHECK(finding.summary.find("key 'second' or 'first'") != std::string::npos);
}

TEST_CASE("Two nodes that disagree are one finding, steady and without an end", "[forecast]") {
  for (const char* version : {"6.10.0", "7.1.2", "8.23.0"}) {
    CAPTURE(version);
    Fixture world(version);
    int told = 0;
    for (int look = 0; look < 40; ++look) {
      const base::Instant at = kNoon + minutes(look);
      world.keys(at, {look % 2 == 0 ? "old" : "other"});
      if (look < 8) continue;
      std::vector<std::string> rules = world.bad_rules(at);
      INFO("look " << look);
      REQUIRE(rules == std::vector<std::string>{"refusal-rotation"});
      const model::Finding finding = world.finding("refusal-rotation", at);
      CHECK(finding.severity == Severity::kWarning);
      CHECK(finding.certainty == Certainty::kPossible);
      CHECK_FALSE(finding.window->until);
      ++told;
    }
    CHECK(told == 32);
    // Calm for twenty looks: what is served now is what is served.
    CHECK(world.finding("refusal-rotation", kNoon + minutes(39 + 1)).window->until == std::nullopt);
    CHECK(world.bad_rules(kNoon + hours(40)).empty());
  }
}

}  // namespace idpwatch::forecast
