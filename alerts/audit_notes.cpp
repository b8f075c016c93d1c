#include "alerts/audit_notes.hpp"

#include "base/digest.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

#include <nlohmann/json.hpp>

namespace idpwatch::alerts {

using nlohmann::json;

namespace {

std::string_view to_text(Disposition what) {
  switch (what) {
    case Disposition::kDelivered:
      return "delivered";
    case Disposition::kRetry:
    case Disposition::kUnsent:
    case Disposition::kAgain:
      return "retry";
    case Disposition::kSlow:
      return "retry_slowly";
    case Disposition::kDropped:
      return "dropped";
    case Disposition::kDisable:
      return "receiver_disabled";
  }
  return "retry";
}

std::string kind_of(Change change) {
  switch (change) {
    case Change::kFiring:
      return "alert.firing";
    case Change::kUpdated:
      return "alert.updated";
    case Change::kResolved:
      return "alert.resolved";
  }
  return "alert.updated";
}

void put(json& object, const char* name, const std::string& value) {
  if (!value.empty()) object[name] = value;
}

json about(const model::OutboxMessage& message) {
  return {{"id", message.id},
          {"receiver", message.receiver},
          {"type", message.type},
          {"attempt", message.attempts},
          {"body_sha256", base::sha256_hex(message.body)}};
}

}  // namespace

model::AuditNote transition_note(base::Instant now, const Transition& transition,
                                 const model::Alert* alert) {
  json data = {{"finding", transition.id}};
  put(data, "reason", transition.reason);
  if (alert != nullptr) {
    const model::Finding& finding = alert->finding;
    data["rule"] = finding.rule;
    data["severity"] = model::to_text(finding.severity);
    data["ignored"] = finding.ignored;
    put(data, "authority", finding.subject.authority);
    put(data, "deployment", finding.subject.deployment);
    put(data, "host", finding.subject.host);
    put(data, "receiver", finding.subject.receiver);
    put(data, "summary", base::printable(finding.summary, 1000));
  }
  return {now, kind_of(transition.change), base::canonical_json(data)};
}

model::AuditNote omission_note(base::Instant now, const std::string& finding) {
  const json data = {
      {"finding", finding},
      {"reason", "too many transitions: no more of them are recorded until midnight UTC"}};
  return {now, "alert.omitted", base::canonical_json(data)};
}

model::AuditNote delivery_note(base::Instant now, const Outbox::Finished& finished,
                               const AttemptResult& result) {
  json data = about(finished.message);
  data["result"] = finished.given_up ? "dropped" : to_text(finished.outcome.what);
  data["status"] = result.status == 0 ? json(nullptr) : json(result.status);
  data["duration_ms"] = std::chrono::duration_cast<base::milliseconds>(result.duration).count();
  if (finished.outcome.what != Disposition::kDelivered) {
    data["error"] = finished.outcome.reason;
  }
  if (!finished.gone) {
    data["next_attempt_at"] = base::format_rfc3339(finished.message.next_attempt_at);
  }
  return {now, "delivery", base::canonical_json(data)};
}

model::AuditNote dropped_note(base::Instant now, const Dropped& dropped) {
  json data = about(dropped.message);
  data["result"] = "dropped";
  data["error"] = dropped.reason;
  return {now, "delivery", base::canonical_json(data)};
}

}  // namespace idpwatch::alerts
