// A finding about facts that do not change has a window that does not move: judged again, its
// `earliest` is what it was, or now where that lies behind; its end stays.
#include "fixture.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace idpwatch::forecast {

using base::hours;
using base::minutes;
using base::seconds;

namespace {

struct Sweep {
  std::string name;
  void (*happens)(Fixture& world);
};

const std::vector<Sweep> kSweeps{
    {"a key added", [](Fixture& world) { world.keys(kNoon, {"old", "new"}); }},
    {"the keys swapped", [](Fixture& world) { world.keys(kNoon, {"new"}); }},
    {"a key added, the old one removed",
     [](Fixture& world) {
       world.keys(kNoon - hours(2), {"old", "new"});
       world.keys(kNoon, {"new"});
     }},
    {"two rotations in an hour",
     [](Fixture& world) {
       world.keys(kNoon - hours(1), {"old", "b"});
       world.keys(kNoon - minutes(30), {"b", "c"});
       world.keys(kNoon, {"c"});
     }},
    {"a rotation and an outage",
     [](Fixture& world) {
       world.keys(kNoon - hours(1), {"new"});
       world.serve(kNoon, kMetadata, fault(validators::Fault::kRefused));
     }},
    {"another issuer",
     [](Fixture& world) {
       world.serve(kNoon - minutes(1), kMetadata, body(document("https://new.example.com")));
     }},
};

// Keys come and go at a few instants of the last hours.
void draw(Fixture& world, unsigned seed) {
  std::mt19937 random(seed);
  const auto pick = [&](int lo, int hi) {
    return std::uniform_int_distribution<int>(lo, hi)(random);
  };
  world.tokens.lifetime = minutes(pick(5, 180));
  std::vector<std::string> set{"old"};
  base::Instant at = kNoon - minutes(pick(60, 400));
  for (int i = 0; i < pick(1, 4) && at <= kNoon; ++i) {
    if (set.size() > 1 && pick(0, 1) == 0) {
      set.erase(set.begin());
    } else {
      set.push_back("k" + std::to_string(i));
      if (pick(0, 2) == 0) set.erase(set.begin());
    }
    world.keys(at, set);
    at += minutes(pick(5, 120));
  }
  if (pick(0, 1) == 0) world.started_at = kNoon - minutes(pick(5, 900));
}

using Findings = std::map<std::string, model::Finding>;

// Of running processes, with a window: one that is restarted is always restarted now.
Findings running(Fixture& world, base::Instant at) {
  Findings found;
  for (const model::CheckResult& one : world.judge(at).results) {
    if (one.health != model::Health::kFailing || !one.finding.window) continue;
    if (one.finding.condition == model::Condition::kRunning) found[one.finding.rule] = one.finding;
  }
  return found;
}

std::string text(base::Instant at, const model::Finding& one) {
  const auto instant = [](const std::optional<base::Instant>& value) {
    return value ? base::format_rfc3339(*value) : std::string("-");
  };
  return "\n" + base::format_rfc3339(at) + " " + one.rule + " " + instant(one.window->earliest) +
         " to " + instant(one.window->until) + ", " + std::string(model::to_text(one.severity));
}

// What moved otherwise than by the passing of what lies behind.
std::string moves(Fixture& world, int& judged) {
  std::string moved;
  Findings before;
  for (base::Instant at = kNoon; at < kNoon + hours(13);
       at += minutes(at < kNoon + minutes(12) ? 1 : 23)) {
    Findings now = running(world, at);
    for (const auto& [rule, one] : now) {
      ++judged;
      const auto known = before.find(rule);
      if (known == before.end()) {
        // It did not begin behind our back.
        if (at > kNoon) moved += " new" + text(at, one);
        continue;
      }
      const model::Window& was = *known->second.window;
      const bool same = one.window->earliest == was.earliest;
      // The refusals that began then are over, and others follow.
      const bool passed = *one.window->earliest > *was.earliest && *was.earliest <= at;
      if ((!same && !passed) || one.window->until != was.until) {
        moved += text(at, known->second) + text(at, one);
      }
    }
    before = std::move(now);
  }
  return moved;
}

constexpr std::array kVersions{"5.5.0", "6.10.0", "7.1.2", "8.0.1", "8.23.0"};

}  // namespace

TEST_CASE("A window does not move while nothing new is known", "[forecast][sweep]") {
  int judged = 0;
  for (const Sweep& sweep : kSweeps) {
    for (const char* version : kVersions) {
      for (const bool known : {false, true}) {
        Fixture world(version);
        sweep.happens(world);
        if (known) world.started_at = kNoon - hours(5);
        INFO(sweep.name << ", " << version << (known ? ", start known" : ""));
        CHECK(moves(world, judged) == "");
      }
    }
  }
  CHECK(judged > 500);
}

TEST_CASE("Nor does it after drawn rotations", "[forecast][sweep]") {
  int judged = 0;
  for (unsigned seed = 1; seed <= 24; ++seed) {
    Fixture world(kVersions.at(seed % kVersions.size()));
    draw(world, seed);
    INFO("seed " << seed);
    CHECK(moves(world, judged) == "");
  }
  CHECK(judged > 300);
}

}  // namespace idpwatch::forecast
