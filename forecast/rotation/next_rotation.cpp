#include "forecast/rotation/next_rotation.hpp"

#include <algorithm>

namespace idpwatch::forecast {

namespace {

using base::Duration;
using base::Instant;

// Keys exchanged within it are one rotation, as in checks/timeline/rotations.
constexpr Duration kSameTime = base::hours(1);
constexpr std::size_t kPastMax = 6;
// What a look every minute and a hand-run job leave open.
constexpr Duration kSlack = base::minutes(10);
// The old key's last token is still checked with the tolerance of clocks.
constexpr Duration kTolerance = base::minutes(5);
// A job of every month runs after 28 to 31 days, whatever months were seen.
constexpr Duration kShortMonth = base::hours(24 * 28);
constexpr Duration kLongMonth = base::hours(24 * 31);
constexpr Duration kCalendarSpread = base::hours(12);
// A rotation that is later than a quarter of its cadence is no habit any more.
constexpr int kBrokenOff = 4;

// One for each time, the one with the least overlap; the newest first.
std::vector<checks::Rotation> newest_times(const std::vector<checks::Rotation>& all) {
  std::vector<checks::Rotation> times;
  for (auto one = all.rbegin(); one != all.rend(); ++one) {
    // What went long before its successor came was not the key that signed until then.
    if (one->overlap < -kSameTime) continue;
    const auto same = std::find_if(times.begin(), times.end(), [&](const auto& known) {
      return std::chrono::abs(known.published_at - one->published_at) <= kSameTime;
    });
    if (same != times.end()) {
      if (one->overlap < same->overlap) *same = *one;
    } else if (times.size() < kPastMax) {
      times.push_back(*one);
    }
  }
  return times;
}

Duration median(std::vector<Duration> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

void learn_overlap(NextRotation& next) {
  std::vector<Duration> overlaps, leads;
  for (const checks::Rotation& one : next.past) {
    overlaps.push_back(std::max(one.overlap, Duration(0)));
    if (one.lead) leads.push_back(std::max(*one.lead, Duration(0)));
  }
  next.overlap = median(overlaps);
  next.longest_overlap = *std::max_element(overlaps.begin(), overlaps.end());
  if (!leads.empty()) next.lead = median(leads);
}

// What was seen of so few intervals does not bound the next one: half as much again.
void expect(NextRotation& next, const checks::Learned& learned) {
  next.earliest = *learned.next_earliest;
  next.latest = *learned.next_latest;
  Duration slack = kSlack;
  const Duration spread = next.latest - next.earliest;
  if (spread >= kCalendarSpread && next.cadence >= kShortMonth && next.cadence <= kLongMonth) {
    next.earliest = std::min(next.earliest, learned.last + kShortMonth);
    next.latest = std::max(next.latest, learned.last + kLongMonth);
  } else {
    slack += spread / 2;
  }
  next.earliest -= slack;
  next.latest += slack;
}

}  // namespace

Duration NextRotation::signs_after(Duration lifetime) const {
  if (lead) return *lead;
  return std::max(Duration(0), overlap - lifetime - kTolerance);
}

std::optional<NextRotation> next_rotation(const AuthorityFacts& facts, Instant now) {
  const auto& learned = facts.learned;
  if (!learned || !learned->regular || !learned->next_earliest || !learned->next_latest) {
    return std::nullopt;
  }
  NextRotation next;
  next.past = newest_times(facts.rotations);
  if (next.past.empty()) return std::nullopt;
  next.cadence = learned->cadence;
  learn_overlap(next);
  const Instant last = next.past.front().withdrawn_at;
  next.withdrawn_together = static_cast<std::size_t>(std::count_if(
      facts.rotations.begin(), facts.rotations.end(),
      [&](const auto& one) { return std::chrono::abs(one.withdrawn_at - last) <= kSameTime; }));
  expect(next, *learned);
  if (now > next.latest + next.cadence / kBrokenOff) return std::nullopt;
  next.overdue = now > next.latest;
  next.earliest = std::max(next.earliest, now);
  if (next.overdue) next.latest += next.cadence / kBrokenOff;
  return next;
}

}  // namespace idpwatch::forecast
