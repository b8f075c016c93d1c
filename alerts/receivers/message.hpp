// A message as it is stored (docs/schema/webhook.json), taken apart again for those receivers that
// want another form. Pure. Its texts were made harmless when it was made.
#pragma once

#include "base/result.hpp"
#include "model/alert.hpp"
#include "model/finding.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace idpwatch::alerts {

struct ToldFinding {
  model::Finding finding;
  std::string state;  // "opened", "updated", "firing", "resolved"
  std::int64_t duration_s = 0;

  [[nodiscard]] bool resolved() const { return state == "resolved"; }
};

struct Message {
  std::string id, receiver, group, type;
  base::Instant at;
  std::string instance, summary, runbook;
  std::string authority, server, deployment, cause, rule;  // of the group
  bool reminder = false;
  std::vector<ToldFinding> findings;  // empty: an event, a heartbeat or a test
  std::size_t more = 0;

  [[nodiscard]] bool alert() const { return !findings.empty(); }
  [[nodiscard]] bool resolved() const { return type == "alert.resolved"; }
  // The same for every instance that watches the same, unless it is about the host that watches.
  [[nodiscard]] std::string dedupe_key() const;
  // The worst that fires; of equal ones that of a service, and of these one that stands there in
  // full, the first to begin. Only of an alert.
  [[nodiscard]] const ToldFinding& leading() const;
};

// kInternal: no message of ours.
base::Result<Message> read_message(const model::OutboxMessage& stored);

// At most so many bytes, never within a character, with an ellipsis where something was cut.
std::string cut_bytes(std::string text, std::size_t bytes);
// Likewise by code points.
std::string cut_characters(std::string text, std::size_t characters);

}  // namespace idpwatch::alerts
