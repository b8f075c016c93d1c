// One alert as Alertmanager takes it (API v2, POST /api/v2/alerts), and the arrays of them. Pure.
//
// The labels are the alert's identity: nothing that was measured stands in them, nor who watches,
// so that several instances of idpwatch tell one and the same alert. Severity does, since routes go
// by it: another severity is another alert, and the former one is resolved.
#pragma once

#include "alerts/receivers/message.hpp"

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::alerts {

using Labels = std::map<std::string, std::string>;

struct AlertmanagerAlert {
  Labels labels, annotations;
  base::Instant starts_at;
  std::optional<base::Instant> ends_at;  // absent: while it is told
};

[[nodiscard]] Labels labels_of(const model::Finding& finding);
// Of one finding: what the words of a message about it alone would be.
[[nodiscard]] Labels annotations_of(base::Instant now, const model::Finding& finding,
                                    std::string_view runbooks);
// Where an Alertmanager at this base URL takes alerts.
[[nodiscard]] std::string alerts_url(std::string base);
[[nodiscard]] std::string render_alerts(std::span<const AlertmanagerAlert> alerts);

}  // namespace idpwatch::alerts
