// Findings that were accepted on purpose (docs/configuration.md, `ignore`): shown, never alerted.
// Pure.
#pragma once

#include "alerts/alert_config.hpp"

#include <optional>
#include <span>

namespace idpwatch::alerts {

// The entry that holds for this finding now; null when there is none.
[[nodiscard]] const IgnoreEntry* ignored_by(const model::Finding& finding,
                                            std::span<const IgnoreEntry> entries,
                                            base::Instant now);
// When the next entry ends, after `now`.
[[nodiscard]] std::optional<base::Instant> next_expiry(std::span<const IgnoreEntry> entries,
                                                       base::Instant now);

}  // namespace idpwatch::alerts
