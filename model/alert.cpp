#include "model/alert.hpp"

#include "base/enum_names.hpp"
#include "model/json_members.hpp"

#include <nlohmann/json.hpp>

namespace idpwatch::model {

using nlohmann::json;

namespace {

constexpr base::EnumNames<AlertState> kStates{{AlertState::kPending, "pending"},
                                              {AlertState::kFiring, "firing"},
                                              {AlertState::kResolved, "resolved"}};

}  // namespace

std::string_view to_text(AlertState state) { return kStates.text(state); }

std::optional<AlertState> alert_state(std::string_view text) { return kStates.value(text); }

json to_json(const Alert& alert) {
  json notified = json::array();
  for (const Notified& entry : alert.notified) {
    json item = {{"receiver", entry.receiver},
                 {"at", base::format_rfc3339(entry.at)},
                 {"severity", to_text(entry.severity)}};
    if (entry.dropped) item["dropped"] = true;
    notified.push_back(std::move(item));
  }
  json out = {{"finding", to_json(alert.finding)},
              {"state", to_text(alert.state)},
              {"since", base::format_rfc3339(alert.since)},
              {"notified", std::move(notified)},
              {"silenced_by", alert.silenced_by.empty() ? json() : json(alert.silenced_by)},
              {"bad_count", alert.bad_count},
              {"good_count", alert.good_count}};
  if (alert.firing_since) out["firing_since"] = base::format_rfc3339(*alert.firing_since);
  if (alert.updated_at) out["updated_at"] = base::format_rfc3339(*alert.updated_at);
  if (alert.closes_at) out["closes_at"] = base::format_rfc3339(*alert.closes_at);
  return out;
}

Alert alert_from_json(const json& value) {
  Alert alert;
  if (const json* finding = member(value, "finding")) alert.finding = finding_from_json(*finding);
  alert.state = alert_state(text_member(value, "state")).value_or(AlertState::kPending);
  alert.since = instant_member(value, "since").value_or(base::Instant{});
  alert.firing_since = instant_member(value, "firing_since");
  alert.updated_at = instant_member(value, "updated_at");
  alert.closes_at = instant_member(value, "closes_at");
  alert.bad_count = static_cast<int>(integer_member(value, "bad_count").value_or(0));
  alert.good_count = static_cast<int>(integer_member(value, "good_count").value_or(0));
  if (const json* notified = member(value, "notified");
      notified != nullptr && notified->is_array()) {
    for (const json& item : *notified) {
      alert.notified.push_back({text_member(item, "receiver"),
                                instant_member(item, "at").value_or(base::Instant{}),
                                severity(text_member(item, "severity")).value_or(Severity::kInfo),
                                bool_member(item, "dropped")});
    }
  }
  return alert;
}

std::string numbered_body(const OutboxMessage& message, std::int64_t seq) {
  std::string body = message.body;
  return body.insert(message.number->offset, "\"seq\":" + std::to_string(seq) + ",");
}

}  // namespace idpwatch::model
