// The life of a finding towards people, and what is still to be sent of it.
#pragma once

#include "base/time.hpp"
#include "model/finding.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::model {

enum class AlertState { kPending, kFiring, kResolved };

std::string_view to_text(AlertState state);
std::optional<AlertState> alert_state(std::string_view text);

struct Notified {
  std::string receiver;
  base::Instant at;
  Severity severity = Severity::kInfo;
  bool dropped = false;  // the opening could not be delivered: no resolve is owed
};

struct Alert {
  Finding finding;
  AlertState state = AlertState::kPending;
  base::Instant since;  // of the state
  std::optional<base::Instant> firing_since;
  std::optional<base::Instant> updated_at;  // the last change worth telling while firing
  int bad_count = 0;                        // consecutive
  int good_count = 0;
  std::optional<base::Instant> closes_at;  // "event" findings
  std::vector<Notified> notified;
  std::string silenced_by{};  // why nobody is told for now; empty: people are. Not stored
};

// The whole of it: the members of docs/json.md and those a restart needs.
nlohmann::json to_json(const Alert& alert);
// Of our own store only: what is missing keeps its default.
Alert alert_from_json(const nlohmann::json& value);

// Where the body of an event's message says under which number the event stands in the chain, which
// only the store can know: the event by its place in the same batch, the byte before which to
// write.
struct NumberPlace {
  std::size_t event = 0;
  std::size_t offset = 0;
};

// One message to one receiver, kept until it is delivered or dropped (docs/alerts.md).
struct OutboxMessage {
  std::string id;  // the webhook-id: the same at every attempt
  std::string receiver;
  std::string group;  // order is kept per (receiver, group)
  std::string type;   // "alert.firing", "event", "test", ...
  std::string body;   // JSON as it will be sent, apart from the signature
  base::Instant created_at;
  base::Instant next_attempt_at;
  int attempts = 0;
  std::string last_error;
  std::optional<NumberPlace> number;  // while the body does not say it
};

// What the store wrote there.
struct MessageNumber {
  std::string id, receiver;
  std::int64_t seq = 0;
};

// The body with the number written into it; `message.number` must be set.
std::string numbered_body(const OutboxMessage& message, std::int64_t seq);

}  // namespace idpwatch::model
