#include "model/refusal_state.hpp"

#include <catch2/catch.hpp>

using namespace idpwatch;
using base::hours;
using model::Instances;
using model::RefusalState;

namespace {

const base::Instant kNow = *base::parse_rfc3339("2026-03-01T12:00:00Z");

model::Finding refusal(model::Certainty certainty = model::Certainty::kCertain) {
  model::Finding finding;
  finding.rule = "refusal-rotation";
  finding.severity = model::Severity::kCritical;
  finding.certainty = certainty;
  finding.condition = model::Condition::kRunning;
  finding.window = model::Window{kNow - hours(1), std::nullopt, kNow + hours(1), std::nullopt};
  return finding;
}

}  // namespace

TEST_CASE("what is certain or likely, and now, refuses; what is possible is at risk", "[model]") {
  CHECK(model::refusal_state(refusal(), kNow) == RefusalState::kRefuses);
  CHECK(model::refusal_state(refusal(model::Certainty::kLikely), kNow) == RefusalState::kRefuses);
  CHECK(model::refusal_state(refusal(model::Certainty::kPossible), kNow) == RefusalState::kAtRisk);
}

TEST_CASE("what comes later, or is over, is a risk", "[model]") {
  model::Finding later = refusal();
  later.window->earliest = kNow + hours(1);
  CHECK(model::refusal_state(later, kNow) == RefusalState::kAtRisk);
  CHECK(model::refusal_state(refusal(), kNow + hours(2)) == RefusalState::kAtRisk);
  model::Finding endless = refusal();
  endless.window->until.reset();
  CHECK(model::refusal_state(endless, kNow + hours(999)) == RefusalState::kRefuses);
}

TEST_CASE("what a restart would refuse refuses only those that start now", "[model]") {
  model::Finding finding = refusal();
  finding.condition = model::Condition::kRestarted;
  CHECK(model::refusal_state(finding, kNow) == RefusalState::kRefusesIfRestarted);
  CHECK(model::refusal_state(finding, kNow, Instances::kStartingNow) == RefusalState::kRefuses);
}

TEST_CASE("what is worth knowing and no more is a risk, and no time to count down to", "[model]") {
  model::Finding finding = refusal();
  finding.severity = model::Severity::kInfo;
  CHECK(model::refusal_state(finding, kNow) == RefusalState::kAtRisk);
  CHECK_FALSE(model::earliest_refusal(finding));
}

TEST_CASE("ignored findings and other rules refuse nothing", "[model]") {
  model::Finding ignored = refusal();
  ignored.ignored = true;
  model::Finding other = refusal();
  other.rule = "provider-hammered";
  for (const model::Finding& finding : {ignored, other}) {
    CHECK(model::refusal_state(finding, kNow) == RefusalState::kOk);
    CHECK_FALSE(model::earliest_refusal(finding));
  }
}

TEST_CASE("each state has one word, and is told by it", "[model]") {
  for (const RefusalState state :
       {RefusalState::kOk, RefusalState::kAtRisk, RefusalState::kUndetermined,
        RefusalState::kRefusesIfRestarted, RefusalState::kRefuses}) {
    CHECK(model::refusal_state(model::to_text(state)) == state);
    CHECK(model::worse(state, RefusalState::kOk) == state);
  }
  CHECK_FALSE(model::refusal_state("will-refuse"));
}
