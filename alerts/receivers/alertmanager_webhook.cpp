// The body that Alertmanager posts to webhook receivers (version "4"), for programs that read that.
#include "alerts/receivers/alertmanager_alert.hpp"
#include "alerts/receivers/message_words.hpp"
#include "alerts/receivers/renderers.hpp"
#include "alerts/standard_webhooks.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace idpwatch::alerts {

namespace {

using nlohmann::json;

constexpr std::size_t kBytes = 20'000;
constexpr const char* kNoEnd = "0001-01-01T00:00:00Z";  // Go's zero time: while it fires

json alert_of(const Message& message, const ToldFinding& told, bool brief) {
  const base::Instant started = message.at - base::seconds(told.duration_s);
  Labels annotations = annotations_of(message.at, told.finding, "");
  if (brief) annotations = {{"summary", annotations["summary"]}};
  annotations["runbook_url"] = message.runbook;
  return {{"status", told.resolved() ? "resolved" : "firing"},
          {"labels", labels_of(told.finding)},
          {"annotations", std::move(annotations)},
          {"startsAt", base::format_rfc3339(started)},
          {"endsAt", told.resolved() ? base::format_rfc3339(message.at) : kNoEnd},
          {"generatorURL", message.runbook},
          {"fingerprint", told.finding.id.substr(0, 16)}};
}

json group_labels(const Message& message) {
  json out{{"alertname", message.alert() ? message.rule : "idpwatch-" + message.type}};
  if (!message.authority.empty()) out["authority"] = message.authority;
  if (!message.deployment.empty()) out["deployment"] = message.deployment;
  return out;
}

json plain_alert(const Message& message) {
  return {{"status", "firing"},
          {"labels",
           {{"alertname", "idpwatch-" + message.type}, {"job", "idpwatch"}, {"severity", "info"}}},
          {"annotations", {{"summary", message.summary}}},
          {"startsAt", base::format_rfc3339(message.at)},
          {"endsAt", kNoEnd},
          {"generatorURL", ""},
          {"fingerprint", message.dedupe_key().substr(9, 16)}};
}

}  // namespace

Rendering render_alertmanager_webhook(base::Instant now, const ReceiverConfig& receiver,
                                      const model::OutboxMessage& stored) {
  const auto message = read_message(stored);
  if (!message) return base::fail(message.error());
  json body{{"version", "4"},
            {"groupKey", message->dedupe_key()},
            {"truncatedAlerts", message->more},
            {"status", message->resolved() ? "resolved" : "firing"},
            {"receiver", receiver.name},
            {"groupLabels", group_labels(*message)},
            {"commonLabels", {{"job", "idpwatch"}}},
            {"commonAnnotations", {{"summary", message->summary}}},
            {"externalURL", message->runbook},
            {"alerts", json::array()}};
  json& alerts = body["alerts"];
  std::size_t size = json_text(body).size(), left_out = message->more;
  for (const ToldFinding& told : message->findings) {
    json alert = alert_of(*message, told, alerts.size() > 2);
    const std::size_t bytes = json_text(alert).size() + 1;
    if (size + bytes > kBytes - 32) {
      ++left_out;
      continue;
    }
    size += bytes;
    alerts.push_back(std::move(alert));
  }
  body["truncatedAlerts"] = left_out;
  if (!message->alert()) alerts.push_back(plain_alert(*message));
  Rendered out = to_url(receiver.url, body);
  auto headers = signature_headers(receiver.secrets, stored.id, now, out.body);
  if (!headers) return base::fail(std::move(headers.error()));
  out.headers = *std::move(headers);
  return out;
}

}  // namespace idpwatch::alerts
