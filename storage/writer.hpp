// The rows of a batch, written inside a transaction that somebody else holds. Internal to storage/;
// one file a topic: write_spans.cpp, write_keys.cpp, write_audit.cpp, write_alerts.cpp.
#pragma once

#include "base/result.hpp"
#include "model/batch.hpp"
#include "storage/store.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

namespace idpwatch::storage {

class Database;

struct ChainHead {
  std::int64_t next_seq = 0;
  std::string hash;  // raw bytes; empty before record 0
};

class Writer {
 public:
  explicit Writer(Database& database) : database_(database) {}

  base::Status load_head();
  [[nodiscard]] const ChainHead& head() const { return head_; }

  // In order. kInternal: a batch that can never be stored.
  base::Result<std::vector<Committed>> write(std::span<const model::Batch* const> batches);
  base::Status append_record(std::string_view record);

  // After a rollback: nothing of what was cached since the last commit is true.
  void roll_back(const ChainHead& head);

 private:
  using Batches = std::span<const model::Batch* const>;

  // write_spans.cpp
  base::Status put_documents(const model::Batch& batch);
  base::Status put_spans(const model::Batch& batch);
  base::Status insert_span(std::int64_t authority, const model::ObservationSpan& span);
  base::Result<bool> extend_span(std::int64_t authority, const model::ObservationSpan& span);
  base::Result<std::int64_t> authority_id(const std::string& name);
  base::Result<std::int64_t> authority_id(const std::string& name, const std::string& issuer);
  base::Result<std::int64_t> fragment_id(std::string_view text);

  // write_keys.cpp. Of rows with one identity only the last is written: a long import gives the
  // same key again and again.
  base::Status put_keys(Batches batches);
  base::Status put_key(const model::KeyRecord& key);
  base::Result<std::string> members_json(const std::map<model::Kid, std::string>& members);
  base::Status put_kids(Batches batches);
  base::Status put_sighting(const model::Sighting& sighting);
  base::Status put_timelines(Batches batches);
  base::Status put_timeline(const model::TimelineState& state);

  // write_audit.cpp
  base::Status put_events(const model::Batch& batch, Committed& out);
  base::Status put_notes(const model::Batch& batch);

  // write_alerts.cpp
  base::Status put_alerts(const model::Batch& batch);
  base::Status put_outbox(const model::Batch& batch);

  struct Authority {
    std::int64_t id;
    std::string issuer;
  };

  Database& database_;
  ChainHead head_;
  std::unordered_map<std::string, Authority> authorities_;
  std::unordered_map<std::string, std::int64_t> fragments_;  // raw SHA-256 -> id
};

}  // namespace idpwatch::storage
