// The rows of a batch, written inside a transaction that somebody else holds. Internal to storage/;
// one file a topic: write_spans.cpp, write_keys.cpp, write_audit.cpp, write_alerts.cpp.
#pragma once

#include "base/result.hpp"
#include "model/batch.hpp"
#include "storage/rejected.hpp"
#include "storage/store.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

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
  // Row by row: those that break a rule are put into `rejected`, all others are written.
  base::Result<Committed> write_rows(const model::Batch& batch, RejectedRows& rejected);
  base::Status append_record(std::string_view record);
  base::Status put_note(const model::AuditNote& note);

  // After a rollback: nothing of what was cached since the last commit is true.
  void roll_back(const ChainHead& head);

 private:
  using Batches = std::span<const model::Batch* const>;

  // writer.cpp
  base::Status write_one(const model::Batch& batch, Committed& out);
  base::Status write_newest(Batches batches);
  // Each row, alone in a savepoint while rejected rows are put aside.
  template <class Rows>
  base::Status each(const Rows& rows, auto put);
  base::Status alone(const std::function<base::Status()>& put,
                     const std::function<void(const base::Error&)>& reject);

  // write_spans.cpp
  base::Status put_document(const model::Document& document);
  base::Status put_span(const model::ObservationSpan& span);
  base::Status insert_span(std::int64_t authority, const model::ObservationSpan& span);
  base::Result<bool> extend_span(std::int64_t authority, const model::ObservationSpan& span);
  base::Result<bool> has_span(std::int64_t authority, const model::ObservationSpan& span);
  base::Status make_room_for(std::int64_t authority, const model::ObservationSpan& span);
  base::Result<std::int64_t> authority_id(const std::string& name);
  base::Result<std::int64_t> authority_id(const std::string& name, const std::string& issuer);
  base::Result<std::int64_t> fragment_id(std::string_view text);

  // write_keys.cpp
  base::Status put_key(const model::KeyRecord& key);
  base::Result<std::string> members_json(const std::map<model::Kid, std::string>& members);
  base::Status put_kid(const model::KidRecord& kid);
  base::Status put_sighting(const model::Sighting& sighting);
  base::Status put_timeline(const model::TimelineState& state);

  // write_audit.cpp
  base::Status put_event(const model::Event& event, std::int64_t& seq);

  // write_alerts.cpp
  base::Status put_alert(const model::Alert& alert);
  base::Status remove_alert(const std::string& id);
  base::Status put_message(const model::OutboxMessage& message, Committed& out);
  base::Status remove_message(const std::pair<std::string, std::string>& done);

  struct Authority {
    std::int64_t id;
    std::string issuer;
  };

  Database& database_;
  ChainHead head_;
  RejectedRows* rejected_ = nullptr;
  std::unordered_map<std::string, Authority> authorities_;
  std::unordered_map<std::string, std::int64_t> fragments_;  // raw SHA-256 -> id
};

}  // namespace idpwatch::storage
