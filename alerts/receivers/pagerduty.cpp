// PagerDuty, Events API v2: one incident a group, so that one rotation that hits forty services
// pages once; it is resolved by the same key. Events of the watch are change events, which page
// nobody. Limits: summary 1024 characters, dedup_key 255, all of it 512 KB.
#include "alerts/receivers/message_words.hpp"
#include "alerts/receivers/renderers.hpp"

#include <nlohmann/json.hpp>

#include <string_view>
#include <utility>

namespace idpwatch::alerts {

namespace {

using nlohmann::json;

constexpr std::size_t kSummary = 1024, kDetailBytes = 16'000;

const char* severity_of(Tone tone) {
  switch (tone) {
    case Tone::kCritical:
      return "critical";
    case Tone::kError:
      return "error";
    case Tone::kWarning:
      return "warning";
    case Tone::kInfo:
    case Tone::kResolved:
      return "info";
  }
  return "info";
}

json details_of(Words words) {
  json out{{"what", words.what}, {"from", words.footer}};
  for (const Fact& fact : words.facts) {
    json& at = out[fact.label];
    at = at.is_string() ? at.get<std::string>() + "\n" + fact.text : fact.text;
  }
  if (words.others.empty() && words.more == 0) return out;
  out["also"] = words.others;
  if (const std::string more = more_of(words); !more.empty()) out["also"].push_back(more);
  return out;
}

// ".../v2/enqueue" takes alerts, ".../v2/change/enqueue" changes.
std::string change_url(std::string url) {
  constexpr std::string_view kEnd = "/enqueue";
  if (url.ends_with(kEnd)) url.insert(url.size() - kEnd.size(), "/change");
  return url;
}

}  // namespace

Rendering render_pagerduty(base::Instant, const ReceiverConfig& receiver,
                           const model::OutboxMessage& stored) {
  const auto message = read_message(stored);
  if (!message) return base::fail(message.error());
  Words words = words_of(*message);
  json details = details_of(words);
  while (json_text(details).size() > kDetailBytes && shorten(words)) details = details_of(words);
  json payload{{"summary", cut_characters(words.title, kSummary)},
               {"source", message->instance},
               {"timestamp", base::format_rfc3339(message->at)},
               {"custom_details", std::move(details)}};
  json body{{"routing_key", std::get<PagerDuty>(receiver.kind).routing_key}};
  if (!words.runbook.empty()) {
    body["links"] = json::array({{{"href", words.runbook}, {"text", "Runbook"}}});
  }
  const bool change = message->type == "event" || message->type == "heartbeat";
  if (!change) {
    payload["severity"] = severity_of(words.tone);
    if (!message->rule.empty()) payload["class"] = message->rule;
    if (!message->authority.empty()) payload["group"] = message->authority;
    body["event_action"] = message->resolved() ? "resolve" : "trigger";
    body["dedup_key"] = message->dedupe_key();
    body["client"] = "idpwatch";
  }
  body["payload"] = std::move(payload);
  return to_url(change ? change_url(receiver.url) : receiver.url, body);
}

}  // namespace idpwatch::alerts
