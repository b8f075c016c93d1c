// Findings of which nobody is told for a time: maintenance windows of the configuration. What goes
// on meanwhile is judged, shown and recorded; what still holds at the end is told then. Pure.
#pragma once

#include "alerts/alert_config.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace idpwatch::alerts {

// The window that the finding lies in now; null: none.
[[nodiscard]] const MaintenanceWindow* in_maintenance(const model::Finding& finding,
                                                      std::span<const MaintenanceWindow> windows,
                                                      base::Instant now);
// When the next window begins or ends, after `now`.
[[nodiscard]] std::optional<base::Instant> next_bound(std::span<const MaintenanceWindow> windows,
                                                      base::Instant now);
// "maintenance: provider's announced work"
[[nodiscard]] std::string describe(const MaintenanceWindow& window);
// " (maintenance)", " (silenced)" or nothing: what stands behind a state, of an alert's
// silenced_by.
[[nodiscard]] std::string muted_word(std::string_view silenced_by);

}  // namespace idpwatch::alerts
