#include "alerts/alert_book.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace idpwatch::alerts {

namespace {

using base::Duration;
using base::Instant;

// Windows are drawn anew at every look and shift by a little each time.
constexpr Duration kLeastShift = base::minutes(5);

bool moved(const std::optional<Instant>& told, const std::optional<Instant>& seen, Instant now) {
  if (told.has_value() != seen.has_value()) return true;
  if (!told) return false;
  // "Now" told again later: a window that begins at each look (a restart) is no news.
  if (*told <= now && *seen <= now + kLeastShift) return false;
  const Duration shift = *told < *seen ? *seen - *told : *told - *seen;
  const Duration ahead = *told > now ? *told - now : now - *told;
  return shift > std::max<Duration>(kLeastShift, ahead / 10);
}

bool moved(const std::optional<model::Window>& told, const std::optional<model::Window>& seen,
           bool chance, Instant now) {
  if (told.has_value() != seen.has_value()) return true;
  if (!told) return false;
  // Of the ends only their presence: they follow the beginning.
  if (moved(told->earliest, seen->earliest, now)) return true;
  if (chance) return false;
  return told->latest.has_value() != seen->latest.has_value() ||
         told->until.has_value() != seen->until.has_value();
}

// Facts that say what is wrong: another value is another trouble. The values of all others are
// measured, or follow from these.
constexpr std::array<std::string_view, 4> kIdentifying = {"key", "the token brings",
                                                          "the service accepts", "fetched address"};

bool same_value(const model::Evidence& x, const model::Evidence& y) {
  return std::ranges::find(kIdentifying, x.fact) == kIdentifying.end() || x.value == y.value;
}

// What a simulation says beside the finding's own sentence.
bool is_aside(const model::Evidence& one) { return one.source == "simulation"; }

// Of a mere chance nobody needs to hear that a restart would be refused, too, or that its end is
// not known while the authority cannot be asked: what brings that about is told by itself.
bool same_facts(const model::Finding& told, const model::Finding& seen, bool chance) {
  const auto skip = [chance](const auto& from, const auto& to) {
    return std::find_if(from, to, [chance](const auto& one) { return !chance || !is_aside(one); });
  };
  auto x = told.evidence.begin();
  auto y = seen.evidence.begin();
  for (;; ++x, ++y) {
    x = skip(x, told.evidence.end());
    y = skip(y, seen.evidence.end());
    if (x == told.evidence.end() || y == seen.evidence.end()) break;
    if (x->fact != y->fact || !same_value(*x, *y)) return false;
  }
  return x == told.evidence.end() && y == seen.evidence.end();
}

}  // namespace

bool news(const model::Finding& told, const model::Finding& seen, Instant now) {
  const bool chance = told.certainty == model::Certainty::kPossible &&
                      seen.certainty == model::Certainty::kPossible;
  return told.severity != seen.severity || told.certainty != seen.certainty ||
         told.condition != seen.condition || told.status != seen.status ||
         told.error_id != seen.error_id || !same_facts(told, seen, chance) ||
         moved(told.window, seen.window, chance, now);
}

}  // namespace idpwatch::alerts
