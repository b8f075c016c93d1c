#include "alerts/ignore.hpp"

#include "alerts/routing.hpp"

namespace idpwatch::alerts {

const IgnoreEntry* ignored_by(const model::Finding& finding, std::span<const IgnoreEntry> entries,
                              base::Instant now) {
  for (const IgnoreEntry& entry : entries) {
    if (entry.until && *entry.until <= now) continue;
    if (!name_matches(entry.rule, finding.rule)) continue;
    if (entry.authority && !name_matches(*entry.authority, finding.subject.authority)) continue;
    if (entry.deployment && !deployment_matches(*entry.deployment, finding.subject.deployment)) {
      continue;
    }
    return &entry;
  }
  return nullptr;
}

std::optional<base::Instant> next_expiry(std::span<const IgnoreEntry> entries, base::Instant now) {
  std::optional<base::Instant> next;
  for (const IgnoreEntry& entry : entries) {
    if (!entry.until || *entry.until <= now) continue;
    if (!next || *entry.until < *next) next = entry.until;
  }
  return next;
}

}  // namespace idpwatch::alerts
