#include "watch/store_backlog.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <string_view>

namespace idpwatch::watch {

namespace {

// Names may hold any character but this one.
std::string joined(const std::string& a, const std::string& b) { return a + '\0' + b; }

std::string identity(const model::Sighting& sighting) {
  const std::string kid = sighting.kid ? "k" + *sighting.kid : std::string();
  return joined(joined(sighting.authority, sighting.thumbprint),
                joined(kid, base::format_rfc3339(sighting.first)));
}

template <class T>
std::int64_t count(const std::vector<T>& rows) {
  return static_cast<std::int64_t>(rows.size());
}

template <class Rows, class Out>
void move_values(Rows&& rows, Out& out) {
  out.reserve(rows.size());
  for (auto& [key, row] : rows) out.push_back(std::move(row));
}

}  // namespace

std::string Unrecorded::text() const {
  if (!since) return "nothing";
  const std::array<std::pair<std::int64_t, std::string_view>, 5> all{
      {{events, "events"},
       {notes, "audit notes"},
       {spans, "spans of observations"},
       {documents, "documents"},
       {rows, "rows of keys and messages"}}};
  std::string out;
  for (const auto& [number, what] : all) {
    if (number == 0) continue;
    out += (out.empty() ? "" : ", ") + std::to_string(number) + " " + std::string(what);
  }
  return (out.empty() ? "nothing" : out) + " since " + base::format_rfc3339(*since);
}

void StoreBacklog::hold(std::uint64_t ticket, model::Batch&& batch, base::Instant now) {
  if (full_) {
    coalesce(std::move(batch), now);
    return;
  }
  held_bytes_ += model::bytes_of(batch);
  held_.emplace_back(ticket, std::move(batch));
  if (held_.size() < limits_.batches && held_bytes_ < limits_.bytes) return;
  full_ = true;
  unrecorded_ = {};
  unrecorded_.since = now;
}

bool StoreBacklog::give(const Submit& submit) {
  while (!held_.empty()) {
    auto& [ticket, batch] = held_.front();
    const std::size_t bytes = model::bytes_of(batch);
    if (!submit(ticket, std::move(batch))) return false;
    held_bytes_ -= std::min(bytes, held_bytes_);
    held_.pop_front();
  }
  return true;
}

std::optional<model::Batch> StoreBacklog::take_state(base::Instant now) {
  if (!full_ || !held_.empty()) return std::nullopt;
  full_ = false;
  held_bytes_ = 0;
  model::Batch batch;
  move_values(std::move(kept_.documents), batch.documents);
  move_values(std::move(kept_.keys), batch.keys);
  move_values(std::move(kept_.kids), batch.kids);
  move_values(std::move(kept_.sightings), batch.sightings);
  move_values(std::move(kept_.timelines), batch.timelines);
  move_values(std::move(kept_.alerts), batch.alerts);
  batch.alerts_removed.assign(kept_.alerts_removed.begin(), kept_.alerts_removed.end());
  move_values(std::move(kept_.outbox), batch.outbox);
  batch.outbox_done.assign(kept_.outbox_done.begin(), kept_.outbox_done.end());
  kept_ = {};
  const nlohmann::json data = {{"since", base::format_rfc3339(unrecorded_.since.value_or(now))},
                               {"events", unrecorded_.events},
                               {"notes", unrecorded_.notes},
                               {"spans", unrecorded_.spans},
                               {"documents", unrecorded_.documents},
                               {"rows", unrecorded_.rows}};
  batch.notes.push_back({now, "store.unrecorded", data.dump()});
  return batch;
}

void StoreBacklog::coalesce(model::Batch&& batch, base::Instant now) {
  if (!unrecorded_.since) unrecorded_.since = now;
  unrecorded_.events += count(batch.events);
  unrecorded_.notes += count(batch.notes);
  unrecorded_.spans += count(batch.spans);
  keep_keys(batch);
  keep_alerts(batch);
  keep_messages(batch);
  keep_documents(batch);
}

template <class Rows, class Key, class Row>
void StoreBacklog::keep(Rows& rows, Key key, Row&& row) {
  const auto found = rows.find(key);
  if (found != rows.end()) {
    found->second = std::forward<Row>(row);
  } else if (rows.size() < limits_.rows) {
    rows.emplace(std::move(key), std::forward<Row>(row));
  } else {
    ++unrecorded_.rows;
  }
}

void StoreBacklog::keep_keys(model::Batch& batch) {
  for (model::KeyRecord& key : batch.keys) {
    keep(kept_.keys, joined(key.authority, key.thumbprint), std::move(key));
  }
  for (model::KidRecord& kid : batch.kids) {
    keep(kept_.kids, joined(kid.authority, kid.kid), std::move(kid));
  }
  for (model::Sighting& sighting : batch.sightings) {
    std::string id = identity(sighting);
    const auto begun = kept_.sightings.find(id);
    // One that is extended says no more what its members are.
    if (sighting.members.empty() && begun != kept_.sightings.end()) {
      begun->second.last = sighting.last;
    } else {
      keep(kept_.sightings, std::move(id), std::move(sighting));
    }
  }
  for (model::TimelineState& state : batch.timelines) {
    std::string authority = state.authority;
    keep(kept_.timelines, std::move(authority), std::move(state));
  }
}

// What was made and ended since the backlog is full leaves no trace; a removal is kept for what the
// store may hold from before.
void StoreBacklog::keep_alerts(model::Batch& batch) {
  for (model::Alert& alert : batch.alerts) {
    std::string id = alert.finding.id;
    kept_.alerts_removed.erase(id);
    keep(kept_.alerts, std::move(id), std::move(alert));
  }
  for (std::string& id : batch.alerts_removed) {
    kept_.alerts.erase(id);
    if (kept_.alerts_removed.size() < limits_.rows) kept_.alerts_removed.insert(std::move(id));
  }
}

void StoreBacklog::keep_messages(model::Batch& batch) {
  for (model::OutboxMessage& message : batch.outbox) {
    MessageId id(message.id, message.receiver);
    message.number.reset();  // its event is dropped
    const std::uint64_t place = kept_.outbox_places.try_emplace(id, next_place_++).first->second;
    keep(kept_.outbox, place, std::move(message));
  }
  for (MessageId& done : batch.outbox_done) {
    if (const auto place = kept_.outbox_places.extract(done)) kept_.outbox.erase(place.mapped());
    if (kept_.outbox_done.size() < limits_.rows) kept_.outbox_done.insert(std::move(done));
  }
}

// Of bodies those alone that the newest state of a timeline names: they are held by its track
// anyway.
void StoreBacklog::keep_documents(model::Batch& batch) {
  if (batch.documents.empty()) return;
  for (model::Document& document : batch.documents) {
    std::string digest = document.sha256;
    keep(kept_.documents, std::move(digest), std::move(document));
  }
  std::set<std::string_view> named;
  for (const auto& [authority, state] : kept_.timelines) {
    named.insert(state.jwks_sha256);
    named.insert(state.discovery_sha256);
  }
  unrecorded_.documents += static_cast<std::int64_t>(std::erase_if(
      kept_.documents, [&named](const auto& each) { return !named.contains(each.first); }));
}

}  // namespace idpwatch::watch
