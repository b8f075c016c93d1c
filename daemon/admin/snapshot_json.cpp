#include "daemon/admin/snapshot_json.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <string_view>

namespace idpwatch::daemon {
namespace {

using Json = nlohmann::ordered_json;

std::string_view to_text(watch::AuthorityState::State state) {
  switch (state) {
    case watch::AuthorityState::State::kOk:
      return "ok";
    case watch::AuthorityState::State::kFailing:
      return "failing";
    case watch::AuthorityState::State::kUnknown:
      break;
  }
  return "unknown";
}

Json instant(const std::optional<base::Instant>& at) {
  return at ? Json(base::format_rfc3339(*at)) : Json(nullptr);
}

// Whole days left, rounded down: 0 on the last day, negative after it.
Json days_left(const watch::AuthorityState& state, base::Instant now) {
  if (!state.certificate_not_after) return nullptr;
  return std::chrono::floor<std::chrono::days>(*state.certificate_not_after - now).count();
}

Json to_json(const watch::AuthorityState& state, base::Instant now) {
  Json clock = nullptr;
  if (state.clock) {
    clock = Json{{"lo_s", state.clock->lo_s},
                 {"hi_s", state.clock->hi_s},
                 {"evidence", state.clock->evidence}};
  }
  return Json{{"name", state.name},
              {"issuer", state.issuer},
              {"state", to_text(state.state)},
              {"last_probe", instant(state.last_probe)},
              {"last_good", instant(state.last_good)},
              {"last_key_change", instant(state.last_key_change)},
              {"latency_ms", state.latency_ms ? Json(*state.latency_ms) : Json(nullptr)},
              {"keys", state.keys},
              {"clock", std::move(clock)},
              {"tls_days", days_left(state, now)}};
}

Json authorities(const watch::Snapshot& snapshot) {
  Json list = Json::array();
  for (const watch::AuthorityState& state : snapshot.authorities) {
    list.push_back(to_json(state, snapshot.at));
  }
  return list;
}

Json alerts_list(const std::vector<model::Alert>& alerts) {
  Json list = Json::array();
  for (const model::Alert& alert : alerts) {
    // Counters are ours; the document holds what the contract names.
    const nlohmann::json all = model::to_json(alert);
    list.push_back(Json{{"finding", all.value("finding", nlohmann::json())},
                        {"state", all.value("state", nlohmann::json())},
                        {"since", all.value("since", nlohmann::json())},
                        {"notified", all.value("notified", nlohmann::json::array())},
                        {"silenced_by", all.value("silenced_by", nlohmann::json())}});
  }
  return list;
}

}  // namespace

Json status_document(const watch::Snapshot& snapshot) {
  Json validators = Json::array();
  for (const watch::ValidatorState& state : snapshot.validators) {
    Json entry{{"name", state.name},
               {"profile", state.profile},
               {"version", state.version},
               {"state", model::to_text(state.state)}};
    if (!state.why.empty()) entry["why"] = state.why;
    if (!state.notes.empty()) entry["notes"] = state.notes;
    if (state.earliest) entry["earliest"] = base::format_rfc3339(*state.earliest);
    entry["findings"] = state.findings;
    validators.push_back(std::move(entry));
  }
  return Json{{"schema", "idpwatch.status/v1"},
              {"version", snapshot.version},
              {"instance", snapshot.instance},
              {"at", base::format_rfc3339(snapshot.at)},
              {"started_at", base::format_rfc3339(snapshot.started_at)},
              {"config_ok", snapshot.config_ok},
              {"authorities", authorities(snapshot)},
              {"validators", std::move(validators)},
              {"alerts", alerts_list(snapshot.alerts)},
              {"outbox",
               {{"queued", snapshot.outbox.queued}, {"oldest", instant(snapshot.outbox.oldest)}}}};
}

Json authorities_document(const watch::Snapshot& snapshot) {
  return Json{{"schema", "idpwatch.authorities/v1"}, {"authorities", authorities(snapshot)}};
}

Json findings_document(const watch::Snapshot& snapshot) {
  Json list = Json::array();
  for (const model::Finding* finding : snapshot.findings()) {
    list.push_back(Json(model::to_json(*finding)));
  }
  return Json{{"schema", "idpwatch.findings/v1"}, {"findings", std::move(list)}};
}

Json tests_document(const std::vector<alerts::TestMessage>& tests) {
  Json messages = Json::array();
  for (const alerts::TestMessage& test : tests) {
    messages.push_back({{"receiver", test.receiver},
                        {"id", test.id},
                        {"at", base::format_rfc3339(test.made_at)},
                        {"state", alerts::to_text(test.state)},
                        {"attempts", test.attempts},
                        {"status", test.status == 0 ? Json(nullptr) : Json(test.status)},
                        {"reason", test.reason.empty() ? Json(nullptr) : Json(test.reason)},
                        {"next_attempt_at", test.next_attempt_at
                                                ? Json(base::format_rfc3339(*test.next_attempt_at))
                                                : Json(nullptr)}});
  }
  const bool queued = std::ranges::any_of(tests, [](const alerts::TestMessage& test) {
    return test.state == alerts::TestMessage::State::kWaiting;
  });
  return Json{
      {"schema", "idpwatch.test/v1"}, {"queued", queued}, {"messages", std::move(messages)}};
}

Json silences_document(std::span<const alerts::Silence> silences, base::Instant now) {
  Json list = Json::array();
  for (const alerts::Silence& silence : silences) {
    const nlohmann::json all = alerts::to_json(silence);
    Json each;
    for (const char* member : {"id", "matchers", "from", "until", "author", "comment"}) {
      each[member] = all.at(member);
    }
    each["state"] = silence.active(now) ? "active" : now < silence.from ? "pending" : "expired";
    list.push_back(std::move(each));
  }
  return Json{{"schema", "idpwatch.silences/v1"}, {"silences", std::move(list)}};
}

Json alerts_document(const std::vector<model::Alert>& alerts) {
  return Json{{"schema", "idpwatch.alerts/v1"}, {"alerts", alerts_list(alerts)}};
}

}  // namespace idpwatch::daemon
