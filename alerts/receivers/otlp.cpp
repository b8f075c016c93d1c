// OpenTelemetry logs, OTLP/HTTP with JSON: one log record a finding. What is tried again is what
// the protocol names (429, 502, 503, 504); records that a collector rejects are lost.
#include "alerts/receivers/message_words.hpp"
#include "alerts/receivers/renderers.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace idpwatch::alerts {

namespace {

using nlohmann::json;

constexpr std::size_t kBodyBytes = 2000;

json text_attribute(const char* key, const std::string& value) {
  return {{"key", key}, {"value", {{"stringValue", value}}}};
}

std::string nanoseconds(base::Instant at) {
  return std::to_string(base::to_unix_micros(at)) + "000";
}

struct Severity {
  int number;
  const char* text;
};

Severity severity_of(const Message& message, const ToldFinding& told) {
  if (message.resolved() || told.resolved()) return {9, "INFO"};
  switch (told.finding.severity) {
    case model::Severity::kCritical:
    case model::Severity::kError:
      return {17, "ERROR"};
    case model::Severity::kWarning:
      return {13, "WARN"};
    case model::Severity::kInfo:
      break;
  }
  return {9, "INFO"};
}

json record(const Message& message, std::string name, Severity severity, const std::string& body,
            json attributes) {
  attributes.push_back(text_attribute("idpwatch.message.id", message.id));
  return {{"eventName", std::move(name)},
          {"timeUnixNano", nanoseconds(message.at)},
          {"observedTimeUnixNano", nanoseconds(message.at)},
          {"severityNumber", severity.number},
          {"severityText", severity.text},
          {"body", {{"stringValue", cut_bytes(body, kBodyBytes)}}},
          {"attributes", std::move(attributes)}};
}

json record_of(const Message& message, const ToldFinding& told) {
  const model::Finding& finding = told.finding;
  json attributes = json::array();
  const auto add = [&attributes](const char* key, const std::string& value) {
    if (!value.empty()) attributes.push_back(text_attribute(key, value));
  };
  add("idpwatch.finding.id", finding.id);
  add("idpwatch.rule", finding.rule);
  add("idpwatch.severity", std::string(model::to_text(finding.severity)));
  add("idpwatch.authority", finding.subject.authority);
  add("idpwatch.deployment", finding.subject.deployment);
  add("idpwatch.host", finding.subject.host);
  add("idpwatch.error.id", finding.error_id);
  if (finding.window && finding.window->earliest) {
    add("idpwatch.refusal.earliest", base::format_rfc3339(*finding.window->earliest));
  }
  add("idpwatch.runbook", message.runbook);
  Message alone = message;
  alone.findings = {told};
  alone.more = 0;
  return record(message, "idpwatch.finding." + told.state, severity_of(message, told),
                plain_text(words_of(alone), kBodyBytes, true), std::move(attributes));
}

}  // namespace

Rendering render_otlp(base::Instant, const ReceiverConfig& receiver,
                      const model::OutboxMessage& stored) {
  const auto message = read_message(stored);
  if (!message) return base::fail(message.error());
  json records = json::array();
  for (const ToldFinding& told : message->findings) records.push_back(record_of(*message, told));
  if (!message->alert()) {
    records.push_back(record(*message, "idpwatch." + message->type, {9, "INFO"}, message->summary,
                             json::array()));
  }
  const json resource{
      {"attributes", json::array({text_attribute("service.name", "idpwatch"),
                                  text_attribute("service.instance.id", message->instance)})}};
  const json scope{{"name", "idpwatch.findings"}, {"version", "1"}};
  return to_url(
      receiver.url,
      {{"resourceLogs",
        json::array({{{"resource", resource},
                      {"scopeLogs",
                       json::array({{{"scope", scope}, {"logRecords", std::move(records)}}})}}})}});
}

std::string refused_by_otlp(const net::HttpResponse& response) {
  const auto document = base::parse_json(response.body);
  if (!document || !document->value->is_object()) return {};
  const json partial = document->value->value("partialSuccess", json::object());
  if (!partial.is_object()) return {};
  const json rejected = partial.value("rejectedLogRecords", json());
  const bool none = rejected.is_null() || rejected == 0 || rejected == "0";
  if (none) return {};
  const json why = partial.value("errorMessage", json());
  return "the collector rejected records: " + (why.is_string()
                                                   ? base::printable(why.get<std::string>(), 200)
                                                   : std::string("no reason given"));
}

}  // namespace idpwatch::alerts
