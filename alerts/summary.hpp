// The one or two sentences that a person reads first (docs/alerts.md): what fails, whose
// requests, from when (UTC and relative), the error text to expect, what to do. Pure; the texts of
// findings are outside text and made harmless here.
#pragma once

#include "alerts/group.hpp"
#include "model/event.hpp"

#include <string>

namespace idpwatch::alerts {

[[nodiscard]] std::string summary_of(base::Instant now, const Notice& notice);
[[nodiscard]] std::string summary_of(const model::Event& event);
// Of a message with entries: the worst that fires; of equal ones that of a service, and of
// these the one that begins first.
[[nodiscard]] const NoticeEntry& leading(const Notice& notice);

// "in 42 min", "since 3 min", "now".
[[nodiscard]] std::string relative(base::Instant now, base::Instant at);

}  // namespace idpwatch::alerts
