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

Status Writer::put_alert(const model::Alert& alert) {
  return database_.cached(kPutAlert)
      .bind(alert.finding.id, model::to_text(alert.state),
            base::canonical_json(model::to_json(alert)))
      .run();
}

Status Writer::remove_alert(const std::string& id) {
  return database_.cached(kRemoveAlert).bind(id).run();
}

// An event's message says under which number the event stands in the chain.
Status Writer::put_message(const model::OutboxMessage& message, Committed& out) {
  const auto& number = message.number;
  const std::int64_t seq = number && number->event < out.event_seqs.size()
                               ? out.event_seqs[number->event]
                               : std::int64_t{0};
  const std::string numbered = seq > 0 ? model::numbered_body(message, seq) : std::string();
  const std::string& body = seq > 0 ? numbered : message.body;
  const Status put =
      database_.cached(kPutMessage)
          .bind(message.id, message.receiver, message.group, message.type, body, message.created_at,
                message.next_attempt_at, message.attempts, message.last_error)
          .run();
  if (put && seq > 0) out.numbered.push_back({message.id, message.receiver, seq});
  return put;
}

Status Writer::remove_message(const std::pair<std::string, std::string>& done) {
  return database_.cached(kRemoveMessage).bind(done.first, done.second).run();
}

}  // namespace idpwatch::storage
