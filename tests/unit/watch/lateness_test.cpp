#include "watch/lateness.hpp"

#include <catch2/catch.hpp>

using namespace idpwatch;
using model::Health;

namespace {

constexpr base::Duration kInterval = base::seconds(60);

model::Observation seen(base::Duration waited, const std::string& failure = {}) {
  model::Observation made;
  made.authority = "entra";
  made.discovery.emplace();
  made.discovery->status = 200;
  made.discovery->waited = waited;
  if (!failure.empty()) {
    made.discovery->failure =
        model::Failure{model::FailureKind::kConnect, model::FailureDetail::kOurs, failure};
  }
  return made;
}

struct Fixture {
  std::optional<model::CheckResult> ask() { return lateness.take_result("vm-17", {}, now, lag); }
  void observe(const model::Observation& observation) {
    lateness.on_observation(observation, kInterval, now);
  }

  // The loop stood still for so long.
  void stop(base::Duration lasting) {
    now += lasting;
    lag.ran(now - lasting, now);
    lag.judge(now);
  }

  watch::LoopLag lag{base::Duration(0)};
  watch::Lateness lateness;
  base::Duration now = base::hours(1);
};

}  // namespace

TEST_CASE("nothing late: good is said once, for what an earlier run left open", "[daemon]") {
  Fixture f;
  const auto first = f.ask();
  REQUIRE(first);
  CHECK(first->health == Health::kPassing);
  CHECK(first->finding.rule == "self-late");
  CHECK_FALSE(f.ask());
}

TEST_CASE("a loop that stood still is told until five minutes were calm", "[daemon]") {
  Fixture f;
  f.stop(base::seconds(9));
  CHECK_FALSE(f.ask());
  f.now += base::minutes(10);
  f.stop(base::seconds(61));
  const auto bad = f.ask();
  REQUIRE(bad);
  CHECK(bad->health == Health::kFailing);
  CHECK(bad->finding.summary ==
        "idpwatch on vm-17 did not run for up to 1 min 1 s at a time: probes and notifications are "
        "late");
  f.now += base::minutes(4);
  f.lag.judge(f.now);
  CHECK_FALSE(f.ask());
  f.now += base::minutes(1) + base::seconds(1);
  f.lag.judge(f.now);
  const auto good = f.ask();
  REQUIRE(good);
  CHECK(good->health == Health::kPassing);
}

TEST_CASE("a long wait in our own queue is ours; a short one is none", "[daemon]") {
  Fixture f;
  REQUIRE(f.ask());
  f.observe(seen(base::seconds(14)));
  CHECK_FALSE(f.ask());
  f.observe(seen(base::seconds(16)));
  const auto bad = f.ask();
  REQUIRE(bad);
  CHECK(bad->health == Health::kFailing);
  CHECK(bad->finding.summary.find("16 s") != std::string::npos);
  CHECK(bad->finding.subject.host == "vm-17");
  CHECK(bad->finding.subject.authority.empty());
  CHECK_FALSE(f.ask());
  f.now += base::minutes(3);
  const auto good = f.ask();
  REQUIRE(good);
  CHECK(good->health == Health::kPassing);
}

TEST_CASE("what this host lacks is told by name, before all other lateness", "[daemon]") {
  Fixture f;
  REQUIRE(f.ask());
  f.stop(base::seconds(61));
  f.observe(seen({}, "idpwatch has no file descriptor left"));
  const auto bad = f.ask();
  REQUIRE(bad);
  CHECK(bad->health == Health::kFailing);
  CHECK(bad->finding.summary.find("no file descriptor left (entra)") != std::string::npos);
  CHECK(bad->finding.remedy.find("LimitNOFILE=") != std::string::npos);
  f.now += base::minutes(6);
  f.lag.judge(f.now);
  const auto good = f.ask();
  REQUIRE(good);
  CHECK(good->health == Health::kPassing);
}
