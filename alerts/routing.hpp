// Which receivers a finding or an event goes to (docs/configuration.md, `routes`). Pure.
//
// The first route that matches wins, unless it says `continue`. Without any route: findings of
// warning and above, to all receivers. A finding about a receiver never goes to that one (R34).
#pragma once

#include "alerts/alert_config.hpp"
#include "model/event.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::alerts {

// "refusal-*" matches by its beginning; else the whole name.
[[nodiscard]] bool name_matches(std::string_view pattern, std::string_view name);
// As name_matches; "orders-api" matches "orders-api#Bearer" as well.
[[nodiscard]] bool deployment_matches(std::string_view pattern, std::string_view name);

// Names of configured receivers, in the order of the configuration, each once.
[[nodiscard]] std::vector<std::string> receivers_of(const model::Finding& finding,
                                                    const AlertsConfig& config);
[[nodiscard]] std::vector<std::string> receivers_of(const model::Event& event,
                                                    const AlertsConfig& config);

}  // namespace idpwatch::alerts
