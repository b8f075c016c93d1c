#include "model/refusal_state.hpp"

#include "base/enum_names.hpp"

namespace idpwatch::model {
namespace {

constexpr base::EnumNames<RefusalState> kNames{
    {RefusalState::kOk, "ok"},
    {RefusalState::kAtRisk, "at-risk"},
    {RefusalState::kUndetermined, "undetermined"},
    {RefusalState::kRefusesIfRestarted, "refuses-if-restarted"},
    {RefusalState::kRefuses, "refuses"}};

// Of other rules (a file that cannot be read, requests too often) no token is refused.
bool says_nothing(const Finding& finding) {
  return finding.ignored || !finding.rule.starts_with("refusal-");
}

// A finding without a window holds now.
bool holds(const Finding& finding, base::Instant now) {
  if (!finding.window) return true;
  const Window& window = *finding.window;
  return (!window.earliest || *window.earliest <= now) && (!window.until || now < *window.until);
}

}  // namespace

std::string_view to_text(RefusalState state) { return kNames.text(state); }

std::optional<RefusalState> refusal_state(std::string_view text) { return kNames.value(text); }

RefusalState refusal_state(const Finding& finding, base::Instant now, Instances instances) {
  if (says_nothing(finding)) return RefusalState::kOk;
  // Worth knowing and no more, and yet a token may be refused.
  if (finding.severity == Severity::kInfo) return RefusalState::kAtRisk;
  const bool possible = finding.certainty.value_or(Certainty::kLikely) == Certainty::kPossible;
  if (possible || !holds(finding, now)) return RefusalState::kAtRisk;
  if (finding.condition == Condition::kRestarted && instances == Instances::kRunning) {
    return RefusalState::kRefusesIfRestarted;
  }
  return RefusalState::kRefuses;
}

std::optional<base::Instant> earliest_refusal(const Finding& finding) {
  if (says_nothing(finding) || finding.severity == Severity::kInfo) return std::nullopt;
  return finding.window && finding.window->earliest ? finding.window->earliest
                                                    : std::optional(finding.first_seen);
}

}  // namespace idpwatch::model
