#include "alerts/muting.hpp"

#include "alerts/routing.hpp"

namespace idpwatch::alerts {

namespace {

constexpr std::string_view kMaintenance = "maintenance";  // no id of a silence

}  // namespace

const MaintenanceWindow* in_maintenance(const model::Finding& finding,
                                        std::span<const MaintenanceWindow> windows,
                                        base::Instant now) {
  for (const MaintenanceWindow& window : windows) {
    if (window.from && now < *window.from) continue;
    if (window.until && now >= *window.until) continue;
    if (window.authority && !name_matches(*window.authority, finding.subject.authority)) continue;
    if (window.deployment && !deployment_matches(*window.deployment, finding.subject.deployment)) {
      continue;
    }
    return &window;
  }
  return nullptr;
}

std::optional<base::Instant> next_bound(std::span<const MaintenanceWindow> windows,
                                        base::Instant now) {
  std::optional<base::Instant> next;
  for (const MaintenanceWindow& window : windows) {
    for (const auto& bound : {window.from, window.until}) {
      if (bound && *bound > now && (!next || *bound < *next)) next = bound;
    }
  }
  return next;
}

std::string describe(const MaintenanceWindow& window) {
  return std::string(kMaintenance) + (window.reason.empty() ? "" : ": " + window.reason);
}

std::string muted_word(std::string_view silenced_by) {
  if (silenced_by.empty()) return {};
  return silenced_by.starts_with(kMaintenance) ? " (maintenance)" : " (silenced)";
}

}  // namespace idpwatch::alerts
