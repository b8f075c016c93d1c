#include "alerts/alert_book.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <string_view>

namespace idpwatch::alerts {

namespace {

using base::Duration;
using base::Instant;

// Windows are drawn anew at every look and shift by a little each time.
constexpr Duration kMinShift = base::minutes(5);

bool moved(const std::optional<Instant>& notified, const std::optional<Instant>& seen,
           Instant now) {
  if (notified.has_value() != seen.has_value()) return true;
  if (!notified) return false;
  // "Now" told again later: a window that begins at each look (a restart) is no news.
  if (*notified <= now && *seen <= now + kMinShift) return false;
  const Duration shift = *notified < *seen ? *seen - *notified : *notified - *seen;
  const Duration ahead = *notified > now ? *notified - now : now - *notified;
  return shift > std::max<Duration>(kMinShift, ahead / 10);
}

bool moved(const std::optional<model::Window>& notified, const std::optional<model::Window>& seen,
           bool chance, Instant now) {
  if (notified.has_value() != seen.has_value()) return true;
  if (!notified) return false;
  // Of the ends only their presence: they follow the beginning.
  if (moved(notified->earliest, seen->earliest, now)) return true;
  if (chance) return false;
  return notified->until.has_value() != seen->until.has_value();
}

// Facts that say what is wrong: another value is another trouble. The values of all others are
// measured, or follow from these.
constexpr std::array<std::string_view, 4> kIdentifying = {"key", "the token brings",
                                                          "the service accepts", "fetched address"};

bool is_identifying(const model::Evidence& one) {
  return std::ranges::find(kIdentifying, one.fact) != kIdentifying.end();
}

// What a simulation says beside the finding's own sentence.
bool is_aside(const model::Evidence& one) { return one.source == "simulation"; }

std::size_t hash_of_facts(const model::Finding& finding, bool asides) {
  constexpr std::size_t kOdd = 31;
  const std::hash<std::string_view> hash;
  std::size_t out = 0;
  for (const model::Evidence& one : finding.evidence) {
    if (!asides && is_aside(one)) continue;
    out = out * kOdd + hash(one.fact);
    if (is_identifying(one)) out = out * kOdd + hash(one.value);
  }
  return out;
}

// Of a mere chance nobody needs to hear that a restart would be refused, too, or that its end is
// not known while the authority cannot be asked: what brings that about is told by itself.
bool same_facts(const NotifiedFacts& notified, const model::Finding& seen, bool chance) {
  return (chance ? notified.facts_of_chance : notified.facts) == hash_of_facts(seen, !chance);
}

}  // namespace

NotifiedFacts::NotifiedFacts(const model::Finding& finding)
    : severity(finding.severity),
      certainty(finding.certainty),
      condition(finding.condition),
      status(finding.status),
      error_id(finding.error_id),
      facts(hash_of_facts(finding, true)),
      facts_of_chance(hash_of_facts(finding, false)),
      window(finding.window) {}

bool news(const NotifiedFacts& notified, const model::Finding& seen, Instant now) {
  // What is likely is acted upon like what is certain.
  const auto mere_chance = [](std::optional<model::Certainty> certainty) {
    return certainty == model::Certainty::kPossible;
  };
  const bool was_chance = mere_chance(notified.certainty);
  const bool chance = was_chance && mere_chance(seen.certainty);
  return notified.severity != seen.severity || was_chance != mere_chance(seen.certainty) ||
         notified.condition != seen.condition || notified.status != seen.status ||
         notified.error_id != seen.error_id || !same_facts(notified, seen, chance) ||
         moved(notified.window, seen.window, chance, now);
}

}  // namespace idpwatch::alerts
