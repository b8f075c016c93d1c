#include "alerts/receivers/kinds.hpp"

#include "alerts/receivers/renderers.hpp"
#include "base/url.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <utility>
#include <variant>

namespace idpwatch::alerts {

namespace {

// OTLP 1.x tries only 429, 502, 503 and 504 again.
constexpr std::array<int, 5> kFinalForOtlp{408, 425, 500, 506, 507};

// In the order of the alternatives of ReceiverKind.
constexpr std::array<Kind, std::variant_size_v<ReceiverKind>> kKinds{{
    {"webhook", render_webhook},
    {"alertmanager", render_alertmanager},
    {"alertmanager_webhook", render_alertmanager_webhook},
    {"slack", render_slack, refused_by_slack, {}, true},
    {"teams", render_teams, nullptr, {}, true},
    {"pagerduty", render_pagerduty, nullptr, {}, true},
    {"ntfy", render_ntfy, nullptr, {}, true},
    {"discord", render_discord, nullptr, {}, true},
    {"cloudevents", render_cloudevents},
    {"otlp", render_otlp, refused_by_otlp, kFinalForOtlp},
    {"email", render_email, nullptr, {}, true},
}};

}  // namespace

const Kind& kind_of(const ReceiverConfig& receiver) { return kKinds.at(receiver.kind.index()); }

std::span<const Kind> receiver_kinds() { return kKinds; }

bool takes_state(const ReceiverConfig& receiver) {
  return std::holds_alternative<Alertmanager>(receiver.kind);
}

std::vector<std::string> origins_of(const ReceiverConfig& receiver) {
  std::vector<std::string> urls{receiver.url};
  if (const auto* alertmanager = std::get_if<Alertmanager>(&receiver.kind)) {
    urls = alertmanager->urls;
  }
  if (std::holds_alternative<Email>(receiver.kind)) return urls;  // has neither path nor secret
  for (std::string& url : urls) {
    const auto parsed = base::parse_url(url);
    url = parsed ? parsed->origin() : std::string("-");
  }
  return urls;
}

std::string json_text(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Rendered to_url(const std::string& url, const nlohmann::json& body) {
  Rendered out;
  out.urls = {url};
  out.body = json_text(body);
  return out;
}

}  // namespace idpwatch::alerts
