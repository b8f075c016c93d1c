#include "model/batch.hpp"

#include <algorithm>
#include <iterator>

namespace idpwatch::model {

namespace {

template <class T>
void move_to(std::vector<T>& to, std::vector<T>&& from) {
  if (to.empty()) {
    to = std::move(from);
    return;
  }
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

}  // namespace

bool Batch::empty() const {
  return documents.empty() && spans.empty() && keys.empty() && kids.empty() && sightings.empty() &&
         timelines.empty() && events.empty() && notes.empty() && alerts.empty() &&
         alerts_removed.empty() && outbox.empty() && outbox_done.empty();
}

void Batch::append(Batch&& more) {
  // The store inserts before it removes: what was removed earlier and is back now must stay.
  std::erase_if(alerts_removed, [&more](const std::string& id) {
    return std::any_of(more.alerts.begin(), more.alerts.end(),
                       [&id](const Alert& alert) { return alert.finding.id == id; });
  });
  for (OutboxMessage& message : more.outbox) {
    if (message.number) message.number->event += events.size();
  }
  move_to(documents, std::move(more.documents));
  move_to(spans, std::move(more.spans));
  move_to(keys, std::move(more.keys));
  move_to(kids, std::move(more.kids));
  move_to(sightings, std::move(more.sightings));
  move_to(timelines, std::move(more.timelines));
  move_to(events, std::move(more.events));
  move_to(notes, std::move(more.notes));
  move_to(alerts, std::move(more.alerts));
  move_to(alerts_removed, std::move(more.alerts_removed));
  move_to(outbox, std::move(more.outbox));
  move_to(outbox_done, std::move(more.outbox_done));
}

// Bodies and messages decide, rows are counted at a flat rate.
std::size_t bytes_of(const Batch& batch) {
  constexpr std::size_t kRow = 512;
  std::size_t bytes = kRow * (1 + batch.spans.size() + batch.keys.size() + batch.kids.size() +
                              batch.events.size() + batch.alerts.size() + batch.notes.size());
  for (const Document& document : batch.documents) {
    if (document.bytes) bytes += document.bytes->size();
  }
  for (const Sighting& sighting : batch.sightings) bytes += kRow + sighting.members.size();
  for (const TimelineState& state : batch.timelines) {
    bytes += kRow + state.discovery_members.size();
  }
  for (const OutboxMessage& message : batch.outbox) bytes += kRow + message.body.size();
  return bytes;
}

}  // namespace idpwatch::model
