// CloudEvents 1.0 over HTTP, structured mode. Intermediaries must forward 64 KiB; ours stay under
// 20 kB. `source` and `id` together are unique: the id is that of the message at every attempt.
#include "alerts/receivers/renderers.hpp"
#include "alerts/standard_webhooks.hpp"
#include "base/json.hpp"
#include "base/url.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace idpwatch::alerts {

namespace {

using nlohmann::json;

// A URN takes letters, digits and few signs as they are.
std::string source_of(const std::string& instance) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out = "urn:idpwatch:";
  for (const char c : instance) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_';
    if (plain) {
      out += c;
    } else {
      out += {'%', kDigits[byte >> 4U], kDigits[byte & 0xFU]};
    }
  }
  return out;
}

}  // namespace

Rendering render_cloudevents(base::Instant now, const ReceiverConfig& receiver,
                             const model::OutboxMessage& stored) {
  const auto message = read_message(stored);
  if (!message) return base::fail(message.error());
  const auto document = base::parse_json(stored.body, {stored.body.size(), 64});
  json event{{"specversion", "1.0"},
             {"id", message->id},
             {"source", source_of(message->instance)},
             {"type", "io.github.idpwatch." + message->type},
             {"time", base::format_rfc3339(message->at)},
             {"datacontenttype", "application/json"},
             {"data", (*document->value)["data"]}};
  if (!message->group.empty()) event["subject"] = message->group;
  Rendered out = to_url(receiver.url, event);
  out.content_type = "application/cloudevents+json; charset=UTF-8";
  auto headers = signature_headers(receiver.secrets, stored.id, now, out.body);
  if (!headers) return base::fail(std::move(headers.error()));
  out.headers = *std::move(headers);
  return out;
}

}  // namespace idpwatch::alerts
