#include "base/json.hpp"
#include "storage/sqlite.hpp"
#include "storage/writer.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace idpwatch::storage {

using base::Status;

namespace {

constexpr std::string_view kPutAlert =
    "INSERT INTO alert (finding_id, state, json) VALUES (?1, ?2, ?3)"
    " ON CONFLICT (finding_id) DO UPDATE SET state = excluded.state, json = excluded.json";
constexpr std::string_view kRemoveAlert = "DELETE FROM alert WHERE finding_id = ?1";
// A message keeps its place: the order within (receiver, group) is that of the first write.
constexpr std::string_view kPutMessage =
    "INSERT INTO outbox (id, receiver, grp, type, body, created_us, next_attempt_us, attempts,"
    " last_error) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
    " ON CONFLICT (id, receiver) DO UPDATE SET grp = excluded.grp, type = excluded.type,"
    " body = excluded.body, created_us = excluded.created_us,"
    " next_attempt_us = excluded.next_attempt_us, attempts = excluded.attempts,"
    " last_error = excluded.last_error";
constexpr std::string_view kRemoveMessage = "DELETE FROM outbox WHERE id = ?1 AND receiver = ?2";

}  // namespace

Status Writer::put_alerts(const model::Batch& batch) {
  for (const model::Alert& alert : batch.alerts) {
    const Status put = database_.cached(kPutAlert)
                           .bind(alert.finding.id, model::to_text(alert.state),
                                 base::canonical_json(model::to_json(alert)))
                           .run();
    if (!put) return put;
  }
  for (const std::string& id : batch.alerts_removed) {
    if (Status removed = database_.cached(kRemoveAlert).bind(id).run(); !removed) return removed;
  }
  return base::Ok{};
}

Status Writer::put_outbox(const model::Batch& batch) {
  for (const model::OutboxMessage& message : batch.outbox) {
    const Status put =
        database_.cached(kPutMessage)
            .bind(message.id, message.receiver, message.group, message.type, message.body,
                  message.created_at, message.next_attempt_at, message.attempts, message.last_error)
            .run();
    if (!put) return put;
  }
  for (const auto& [id, receiver] : batch.outbox_done) {
    const Status removed = database_.cached(kRemoveMessage).bind(id, receiver).run();
    if (!removed) return removed;
  }
  return base::Ok{};
}

}  // namespace idpwatch::storage
