// All that one turn of the loop wants stored, in one transaction: an event and the alert that it
// opened and the message about it are there together or not at all.
#pragma once

#include "model/alert.hpp"
#include "model/event.hpp"
#include "model/key_record.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace idpwatch::model {

// Content-addressed: stored once, whoever served it. After redaction.
struct Document {
  std::string sha256;  // hex of `bytes`
  std::shared_ptr<const std::string> bytes;
};

// A stretch of equal observations (storage section of the design): the same outcome of both
// parts. Extending the newest span costs no write until it is flushed.
struct ObservationSpan {
  std::string authority, issuer;
  base::Instant first, last;
  std::int64_t count = 1;
  // Per part: status, failure kind ("" = none), document ("" = none).
  int discovery_status = 0, jwks_status = 0;
  std::string discovery_url, jwks_url;
  std::string discovery_failure, jwks_failure;
  std::string discovery_sha256, jwks_sha256;
  bool jwks_good = false;  // a good observation of the key set in the sense of docs/timeline.md
  std::int64_t worst_latency_us = 0, typical_latency_us = 0;
};

// An entry of the audit chain that is no event: alert transitions, deliveries, imports, starts.
struct AuditNote {
  base::Instant at;
  std::string kind;  // "alert.firing", "delivery", "import", ...
  std::string data;  // JSON object: ASCII names, strings, booleans, null, integers only
};

struct Batch {
  std::vector<Document> documents;
  std::vector<ObservationSpan> spans;
  std::vector<KeyRecord> keys;
  std::vector<KidRecord> kids;
  std::vector<Sighting> sightings;  // begun or extended
  std::vector<TimelineState> timelines;
  std::vector<Event> events;  // each also becomes an audit record
  std::vector<AuditNote> notes;
  std::vector<Alert> alerts;                // inserted or replaced, by finding id
  std::vector<std::string> alerts_removed;  // finding ids
  std::vector<OutboxMessage> outbox;        // inserted or replaced, by (id, receiver)
  std::vector<std::pair<std::string, std::string>>
      outbox_done;  // (id, receiver): delivered or dropped

  [[nodiscard]] bool empty() const;
  void append(Batch&& more);
};

// Roughly what it holds in memory, for those that queue batches.
[[nodiscard]] std::size_t bytes_of(const Batch& batch);

}  // namespace idpwatch::model
