#include "cli/request_preview.hpp"

#include "alerts/delivery.hpp"
#include "alerts/receivers/kinds.hpp"
#include "alerts/webhook_payload.hpp"
#include "base/text.hpp"
#include "base/url.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace idpwatch::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kRedacted = "<redacted>";

// Of the addresses of most kinds the path or the query is the secret.
std::string address_of(const alerts::ReceiverConfig& receiver, const std::string& text) {
  const auto url = base::parse_url(text);
  if (!url) return text;  // a mail server's: neither path nor secret
  if (alerts::takes_state(receiver)) return base::redact_url(text);
  if (url->path == "/" && url->query.empty()) return url->origin() + "/";
  return url->origin() + "/" + std::string(kRedacted);
}

std::string header_value(const net::Header& header) {
  constexpr std::array<std::string_view, 2> kSecret{"authorization", "webhook-signature"};
  const std::string name = base::to_lower(header.first);
  if (std::ranges::find(kSecret, name) == kSecret.end()) return header.second;
  const std::size_t end = header.second.find_first_of(" ,");  // "Bearer", "v1"
  return header.second.substr(0, end == std::string::npos ? 0 : end + 1) + std::string(kRedacted);
}

std::string without(std::string text, const std::string& secret) {
  if (secret.empty()) return text;
  for (std::size_t at = text.find(secret); at != std::string::npos;
       at = text.find(secret, at + kRedacted.size())) {
    text.replace(at, secret.size(), kRedacted);
  }
  return text;
}

Json preview_of(const alerts::ReceiverConfig& receiver, const net::HttpRequest& request) {
  Json out{{"method", request.mail ? "SMTP" : "POST"}, {"url", address_of(receiver, request.url)}};
  std::string body = request.body;
  if (request.mail) {
    out["from"] = request.mail->from;
    out["to"] = request.mail->to;
  } else {
    out["headers"] = Json::array();
    for (const net::Header& header : request.headers) {
      out["headers"].push_back(Json{{"name", header.first}, {"value", header_value(header)}});
    }
  }
  if (const auto* pagerduty = std::get_if<alerts::PagerDuty>(&receiver.kind)) {
    body = without(std::move(body), pagerduty->routing_key);
  }
  out["body"] = std::move(body);
  return out;
}

std::string indented(const std::string& text) {
  std::string out;
  for (std::string_view line : base::split(text, '\n')) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    out += line.empty() ? "\n" : "  " + std::string(line) + "\n";
  }
  return out;
}

}  // namespace

base::Result<Json> request_preview(base::Instant now, std::string_view instance,
                                   const alerts::ReceiverConfig& receiver) {
  model::OutboxMessage message;
  message.id = "00000000-0000-7000-8000-000000000000";
  message.receiver = receiver.name;
  message.group = message.type = "test";
  message.body = alerts::render_test(now, std::string(instance), receiver.name);
  message.created_at = message.next_attempt_at = now;
  const auto requests = alerts::make_requests(now, receiver, message);
  if (!requests) return base::fail(requests.error());
  Json out = Json::array();
  for (const net::HttpRequest& request : *requests) out.push_back(preview_of(receiver, request));
  return out;
}

std::string request_text(const Json& requests) {
  std::string out;
  for (const Json& request : requests) {
    std::string text =
        request.at("method").get<std::string>() + " " + request.at("url").get<std::string>() + "\n";
    if (request.contains("from")) text += "MAIL FROM: " + request["from"].get<std::string>() + "\n";
    for (const Json& to : request.value("to", Json::array())) {
      text += "RCPT TO: " + to.get<std::string>() + "\n";
    }
    for (const Json& header : request.value("headers", Json::array())) {
      text += header.at("name").get<std::string>() + ": " + header.at("value").get<std::string>() +
              "\n";
    }
    out += indented(text + "\n" + request.at("body").get<std::string>());
  }
  return out;
}

}  // namespace idpwatch::cli
