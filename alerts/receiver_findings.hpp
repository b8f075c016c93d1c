// Our own troubles with receivers, as results for the other receivers (docs/alerts.md).
// Pure.
#pragma once

#include "alerts/outbox.hpp"
#include "model/rules.hpp"

#include <string>

namespace idpwatch::alerts {

inline constexpr base::Duration kReceiverPatience = base::minutes(15);

// Bad at once where people must act (401, 403, 404, 410, 3xx, other 4xx), else when it fails for 15
// minutes; good after a success; unknown in between.
[[nodiscard]] model::CheckResult judge_receiver(base::Instant now, const std::string& instance,
                                                const ReceiverHealth& health);
// Bad above half of the bounds, good below 40 %.
[[nodiscard]] model::CheckResult judge_outbox(base::Instant now, const std::string& instance,
                                              const ReceiverHealth& health,
                                              const OutboxLimits& limits);

}  // namespace idpwatch::alerts
