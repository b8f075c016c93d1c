#include "storage/audit.hpp"
#include "storage/sqlite.hpp"
#include "storage/writer.hpp"

#include <string>
#include <utility>

namespace idpwatch::storage {

using base::Result;
using base::Status;

namespace {

constexpr std::string_view kNewest = "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1";
constexpr std::string_view kAppend = "INSERT INTO audit (seq, hash, record) VALUES (?1, ?2, ?3)";
constexpr std::string_view kPutEvent =
    "INSERT INTO event (seq, at_us, authority_id, type, thumbprint) VALUES (?1, ?2, ?3, ?4, ?5)";

}  // namespace

Status Writer::load_head() {
  Statement& newest = database_.cached(kNewest);
  const ResetGuard guard(newest);
  const Result<bool> row = newest.bind().step();
  if (!row) return base::fail(row.error());
  head_ = *row ? ChainHead{newest.integer(0) + 1, newest.text(1)} : ChainHead{};
  return base::Ok{};
}

Status Writer::append_record(std::string_view record) {
  std::string hash = chain_next(head_.hash, record);
  const Status put = database_.cached(kAppend).bind(head_.next_seq, Blob{hash}, Blob{record}).run();
  if (!put) return put;
  ++head_.next_seq;
  head_.hash = std::move(hash);
  return base::Ok{};
}

Status Writer::put_event(const model::Event& event, std::int64_t& seq) {
  std::optional<std::int64_t> authority;
  if (!event.authority.empty()) {
    const Result<std::int64_t> id = authority_id(event.authority);
    if (!id) return base::fail(id.error());
    authority = *id;
  }
  const std::int64_t next = head_.next_seq;
  const Result<std::string> record = event_record(event, next);
  if (!record) return base::fail(record.error());
  if (Status put = append_record(*record); !put) return put;
  const Status put =
      database_.cached(kPutEvent)
          .bind(next, event.at, authority, model::to_text(event.type), event.thumbprint)
          .run();
  if (put) seq = next;
  return put;
}

Status Writer::put_note(const model::AuditNote& note) {
  const Result<std::string> record = note_record(note, head_.next_seq);
  if (!record) return base::fail(record.error());
  return append_record(*record);
}

}  // namespace idpwatch::storage
