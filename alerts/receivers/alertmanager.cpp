// Prometheus Alertmanager, API v2. Tests alone come through here: what holds is sent by the feed
// (alerts/alertmanager_feed.hpp).
#include "alerts/receivers/alertmanager_alert.hpp"
#include "alerts/receivers/message_words.hpp"
#include "alerts/receivers/renderers.hpp"
#include "alerts/sanitize_json.hpp"
#include "base/text.hpp"

#include <nlohmann/json.hpp>

#include <chrono>

namespace idpwatch::alerts {

namespace {

constexpr base::Duration kTestLasts = base::minutes(5);
constexpr std::size_t kDescriptionBytes = 4000, kLabelCharacters = 512;

// Of a finding as it was judged: its texts come from outside.
model::Finding harmless(const model::Finding& finding) {
  nlohmann::json value = model::to_json(finding);
  make_harmless(value);
  return model::finding_from_json(value);
}

}  // namespace

Labels labels_of(const model::Finding& finding) {
  const model::Subject& subject = finding.subject;
  Labels labels{{"alertname", finding.rule},
                {"job", "idpwatch"},
                {"severity", std::string(model::to_text(finding.severity))}};
  const auto add = [&labels](const char* name, const std::string& value) {
    if (!value.empty()) labels.emplace(name, base::printable(value, kLabelCharacters));
  };
  add("authority", subject.authority);
  add("deployment", subject.deployment);
  add("instance", subject.host);
  add("receiver", subject.receiver);
  return labels;
}

Labels annotations_of(base::Instant now, const model::Finding& finding, std::string_view runbooks) {
  Message alone;
  alone.type = "alert.firing";
  alone.at = now;
  alone.findings.push_back({harmless(finding), "firing", 0});
  alone.instance = alone.findings.front().finding.vantage;
  Words words = words_of(alone);
  Labels out{{"summary", words.title},
             {"finding", finding.id},
             {"runbook_url", std::string(runbooks) + finding.rule}};
  if (!alone.instance.empty()) out.emplace("vantage", alone.instance);
  out.emplace("description", plain_text(std::move(words), kDescriptionBytes));
  return out;
}

std::string render_alerts(std::span<const AlertmanagerAlert> alerts) {
  nlohmann::json out = nlohmann::json::array();
  const auto time = [](base::Instant at) {
    return base::format_rfc3339(std::chrono::floor<std::chrono::milliseconds>(at));
  };
  for (const AlertmanagerAlert& alert : alerts) {
    nlohmann::json each{{"labels", alert.labels},
                        {"annotations", alert.annotations},
                        {"startsAt", time(alert.starts_at)}};
    if (alert.ends_at) each["endsAt"] = time(*alert.ends_at);
    if (const auto link = alert.annotations.find("runbook_url"); link != alert.annotations.end()) {
      each["generatorURL"] = link->second;
    }
    out.push_back(std::move(each));
  }
  return json_text(out);
}

Rendering render_alertmanager(base::Instant now, const ReceiverConfig& receiver,
                              const model::OutboxMessage& stored) {
  const auto message = read_message(stored);
  if (!message) return base::fail(message.error());
  AlertmanagerAlert alert;
  alert.labels = {{"alertname", "idpwatch-" + message->type},
                  {"job", "idpwatch"},
                  {"severity", "info"},
                  {"instance", message->instance}};
  alert.annotations = {{"summary", message->summary}};
  alert.starts_at = std::min(message->at, now);
  alert.ends_at = now + kTestLasts;
  Rendered out;
  for (const std::string& url : std::get<Alertmanager>(receiver.kind).urls) {
    out.urls.push_back(alerts_url(url));
  }
  out.body = render_alerts({&alert, 1});
  return out;
}

std::string alerts_url(std::string base) {
  while (base.ends_with('/')) base.pop_back();
  return base + "/api/v2/alerts";
}

}  // namespace idpwatch::alerts
