// One word for how a validator does, the same in every command, page and metric.
#pragma once

#include "base/time.hpp"
#include "model/finding.hpp"

#include <optional>
#include <span>
#include <string_view>

namespace idpwatch::model {

enum class RefusalState {
  kOk,
  kAtRisk,              // a refusal is possible, or comes later
  kUndetermined,        // it cannot be said, or is not said yet
  kRefusesIfRestarted,  // running instances accept; those that start now would refuse
  kRefuses,             // now, for certain or likely
};

std::string_view to_text(RefusalState state);
std::optional<RefusalState> refusal_state(std::string_view text);

// Which instances are asked about: those that run, or one that starts now.
enum class Instances { kRunning, kStartingNow };

// What one finding says of the validator that it is about: kOk where that is nothing (ignored, or
// no refusal); of severity info: kAtRisk.
RefusalState refusal_state(const Finding& finding, base::Instant now,
                           Instances instances = Instances::kRunning);

// What decides of two: the later in the enumeration.
constexpr RefusalState worse(RefusalState a, RefusalState b) { return a < b ? b : a; }

// The earliest refusal that a finding tells of; nullopt: none.
std::optional<base::Instant> earliest_refusal(const Finding& finding);

}  // namespace idpwatch::model
