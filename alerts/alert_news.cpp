#include "alerts/alert_book.hpp"

#include <algorithm>

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
           Instant now) {
  if (told.has_value() != seen.has_value()) return true;
  if (!told) return false;
  // Of the ends only their presence: they follow the beginning.
  return moved(told->earliest, seen->earliest, now) ||
         told->latest.has_value() != seen->latest.has_value() ||
         told->until.has_value() != seen->until.has_value();
}

bool same_facts(const std::vector<model::Evidence>& a, const std::vector<model::Evidence>& b) {
  return std::equal(
      a.begin(), a.end(), b.begin(), b.end(),
      [](const model::Evidence& x, const model::Evidence& y) { return x.fact == y.fact; });
}

}  // namespace

bool news(const model::Finding& told, const model::Finding& seen, Instant now) {
  return told.severity != seen.severity || told.certainty != seen.certainty ||
         told.condition != seen.condition || told.status != seen.status ||
         told.error_id != seen.error_id || !same_facts(told.evidence, seen.evidence) ||
         moved(told.window, seen.window, now);
}

}  // namespace idpwatch::alerts
