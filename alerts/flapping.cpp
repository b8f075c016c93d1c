#include "alerts/flapping.hpp"

#include <algorithm>

namespace idpwatch::alerts {

using base::Instant;

namespace {

// Of that many findings the openings are remembered before those of long ago are looked for.
constexpr std::size_t kRemembered = 4096;

}  // namespace

bool OpeningHistory::opens_too_often(const std::string& id, Instant now) {
  if (openings_.size() >= kRemembered) forget_old(now);
  std::deque<Instant>& openings = openings_[id];
  openings.push_back(now);
  if (openings.size() > kOpeningsAnHour + 1) openings.pop_front();
  return openings.size() > kOpeningsAnHour && now - openings.front() <= kFlappingWithin;
}

// With more than kRemembered of them within the hour none is flapping to us: the storm is one
// message a group all the same.
void OpeningHistory::forget_old(Instant now) {
  std::erase_if(openings_,
                [now](const auto& entry) { return now - entry.second.back() > kFlappingWithin; });
  if (openings_.size() >= kRemembered) openings_.clear();
}

void OpeningHistory::clock_set(base::Duration step) {
  for (auto& [id, openings] : openings_) {
    for (Instant& at : openings) at += step;
  }
}

bool is_flapping(const model::Finding& finding) {
  return std::ranges::find(finding.evidence, kFlappingFact, &model::Evidence::fact) !=
         finding.evidence.end();
}

void mark_flapping(model::Finding& finding) {
  if (is_flapping(finding)) return;
  finding.evidence.push_back(
      {std::string(kFlappingFact), "opened 4 times within an hour", "idpwatch"});
}

std::string flapping_sentence(const model::Finding& finding) {
  if (!is_flapping(finding)) return {};
  return "Flapping: it opened 4 times within an hour, and counts as over once it has been good for "
         "30 min";
}

}  // namespace idpwatch::alerts
