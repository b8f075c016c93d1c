// One renderer a kind of receiver, each in a source of its own with the limits that its provider
// documents. Pure; kinds.cpp puts them into one table.
#pragma once

#include "alerts/receivers/kinds.hpp"
#include "alerts/receivers/message.hpp"

#include <nlohmann/json_fwd.hpp>

namespace idpwatch::alerts {

using Rendering = base::Result<Rendered>;

Rendering render_webhook(base::Instant, const ReceiverConfig&, const model::OutboxMessage&);
Rendering render_alertmanager(base::Instant, const ReceiverConfig&, const model::OutboxMessage&);
Rendering render_alertmanager_webhook(base::Instant, const ReceiverConfig&,
                                      const model::OutboxMessage&);
Rendering render_slack(base::Instant, const ReceiverConfig&, const model::OutboxMessage&);
Rendering render_teams(base::Instant, const ReceiverConfig&, const model::OutboxMessage&);
Rendering render_pagerduty(base::Instant, const ReceiverConfig&, const model::OutboxMessage&);
Rendering render_ntfy(base::Instant, const ReceiverConfig&, const model::OutboxMessage&);
Rendering render_discord(base::Instant, const ReceiverConfig&, const model::OutboxMessage&);
Rendering render_cloudevents(base::Instant, const ReceiverConfig&, const model::OutboxMessage&);
Rendering render_otlp(base::Instant, const ReceiverConfig&, const model::OutboxMessage&);
Rendering render_email(base::Instant, const ReceiverConfig&, const model::OutboxMessage&);

std::string refused_by_slack(const net::HttpResponse& response);
std::string refused_by_otlp(const net::HttpResponse& response);

// What is in common: bytes of a JSON value, and the one URL of most kinds.
std::string json_text(const nlohmann::json& value);
Rendered to_url(const std::string& url, const nlohmann::json& body);

}  // namespace idpwatch::alerts
