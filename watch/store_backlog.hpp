// Batches for which the store's queue has no room, in order, and bounded (docs/architecture.md).
// The store is behind, or cannot write for long.
//
// Once it is full it keeps only what a restart needs, the newest of each (keys, kids, sightings,
// timelines, alerts, waiting messages, the last bodies); what has no newer version (events, notes
// of the audit chain, spans, older bodies) is dropped and counted. When there is room again,
// take_state() gives what was kept, with a note for the audit chain that says what is missing.
// Nothing that was committed before is touched. Loop thread only; no clock.
#pragma once

#include "base/time.hpp"
#include "model/batch.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace idpwatch::watch {

struct StoreBacklogLimits {
  std::size_t batches = 4096;
  std::size_t bytes = std::size_t{32} * 1024 * 1024;  // of what batches hold, roughly
  std::size_t rows = 200'000;                         // of each kind that is kept while it is full
};

// What could not be kept, since when.
struct Unrecorded {
  std::optional<base::Instant> since;
  std::int64_t events = 0, notes = 0, spans = 0, documents = 0, rows = 0;

  [[nodiscard]] bool any() const { return since.has_value(); }
  [[nodiscard]] std::string text() const;  // "12 events, 3 audit notes since 2026-..."
  [[nodiscard]] std::int64_t total() const { return events + notes + spans + documents + rows; }
};

class StoreBacklog {
 public:
  using Submit = std::function<bool(std::uint64_t ticket, model::Batch&& batch)>;

  explicit StoreBacklog(StoreBacklogLimits limits = {}) : limits_(limits) {}

  [[nodiscard]] bool empty() const { return held_.empty() && !full_; }
  // From here on events are dropped: they will not stand in the chain and have no number.
  [[nodiscard]] bool full() const { return full_; }
  // What the present fullness cost so far.
  [[nodiscard]] const Unrecorded& unrecorded() const { return unrecorded_; }

  void hold(std::uint64_t ticket, model::Batch&& batch, base::Instant now);
  // Gives what is held, in order, until `submit` refuses. True: nothing is held any more.
  bool give(const Submit& submit);
  // After give() gave all: ends the fullness. nullopt: it was not full.
  std::optional<model::Batch> take_state(base::Instant now);

 private:
  using MessageId = std::pair<std::string, std::string>;  // id, receiver

  struct Kept {
    std::map<std::string, model::KeyRecord> keys;
    std::map<std::string, model::KidRecord> kids;
    std::map<std::string, model::Sighting> sightings;
    std::map<std::string, model::TimelineState> timelines;
    std::map<std::string, model::Document> documents;
    std::map<std::string, model::Alert> alerts;
    std::set<std::string> alerts_removed;
    // The order in which messages were put in is that in which they are sent.
    std::map<std::uint64_t, model::OutboxMessage> outbox;
    std::map<MessageId, std::uint64_t> outbox_places;
    std::set<MessageId> outbox_done;
  };

  void coalesce(model::Batch&& batch, base::Instant now);
  void keep_keys(model::Batch& batch);
  void keep_alerts(model::Batch& batch);
  void keep_messages(model::Batch& batch);
  void keep_documents(model::Batch& batch);
  template <class Rows, class Key, class Row>
  void keep(Rows& rows, Key key, Row&& row);

  StoreBacklogLimits limits_;
  std::deque<std::pair<std::uint64_t, model::Batch>> held_;
  std::size_t held_bytes_ = 0;
  bool full_ = false;
  Kept kept_;
  std::uint64_t next_place_ = 0;
  Unrecorded unrecorded_;
};

}  // namespace idpwatch::watch
