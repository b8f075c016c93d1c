#include "alerts/receiver_group_view.hpp"

#include <algorithm>
#include <functional>
#include <tuple>

namespace idpwatch::alerts {

using base::Instant;
using model::AlertState;
using model::Severity;

namespace {

// An opening that was given up is worth another try when it got worse, or when a reminder would be
// due.
std::optional<Instant> try_again(const model::Alert& alert, const model::Notified& entry,
                                 const AlertsConfig& config) {
  if (alert.finding.severity > entry.severity) return entry.at;
  if (alert.finding.severity == Severity::kCritical && config.repeat.count() > 0) {
    return entry.at + config.repeat;
  }
  return std::nullopt;
}

// What a message to this receiver says about this alert; nullopt: nothing.
std::optional<EntryState> entry_state(const model::Alert& alert, const model::Notified* entry,
                                      bool routed, const AlertsConfig& config, Instant now) {
  if (!active(alert)) {
    if (entry == nullptr || entry->dropped) return std::nullopt;
    // It fails again, and its resolve was not told: nothing is over.
    if (alert.state == AlertState::kPending && !alert.finding.ignored) return std::nullopt;
    return EntryState::kResolved;
  }
  if (entry == nullptr || entry->dropped) {
    const auto again = entry != nullptr ? try_again(alert, *entry, config) : std::optional(now);
    const bool open = routed && again && *again <= now;
    return open ? std::optional(EntryState::kOpened) : std::nullopt;
  }
  const bool changed = alert.finding.severity != entry->severity ||
                       (alert.updated_at && *alert.updated_at > entry->at);
  return changed ? EntryState::kUpdated : EntryState::kFiring;
}

base::Duration duration_of(const model::Alert& alert, EntryState state, Instant now) {
  const Instant end = state == EntryState::kResolved ? alert.since : now;
  return std::max<base::Duration>(end - alert.firing_since.value_or(end), base::Duration{0});
}

// When it came to what a message says of it; nullopt: that is nothing new.
std::optional<Instant> changed_at(const model::Alert& alert, EntryState state, Instant now) {
  switch (state) {
    case EntryState::kOpened:
      return alert.firing_since.value_or(now);
    case EntryState::kUpdated:
      return alert.updated_at.value_or(now);
    case EntryState::kResolved:
      return alert.since;
    case EntryState::kFiring:
      break;
  }
  return std::nullopt;
}

void sort_entries(std::vector<NoticeEntry>& entries) {
  const auto key = [](const NoticeEntry& entry) {
    return std::tuple(entry.state, -static_cast<int>(entry.finding.severity),
                      std::string_view(entry.finding.id));
  };
  std::sort(entries.begin(), entries.end(),
            [key](const NoticeEntry& a, const NoticeEntry& b) { return key(a) < key(b); });
}

// A group of which a part is resolved is updated (docs/json.md).
NoticeKind kind_of(bool opened, bool known, bool resolved) {
  if (resolved) return opened || known ? NoticeKind::kUpdated : NoticeKind::kResolved;
  return known ? NoticeKind::kUpdated : NoticeKind::kFiring;
}

}  // namespace

bool active(const model::Alert& alert) {
  return alert.state == AlertState::kFiring && !alert.finding.ignored;
}

const model::Notified* notified(const model::Alert& alert, std::string_view receiver) {
  for (const model::Notified& entry : alert.notified) {
    if (entry.receiver == receiver) return &entry;
  }
  return nullptr;
}

// The worst that the receiver knows of.
std::optional<Severity> worst_told(std::span<const GroupMember> members,
                                   std::string_view receiver) {
  std::optional<Severity> worst;
  for (const GroupMember& member : members) {
    const model::Notified* entry = notified(*member.alert, receiver);
    if (entry == nullptr || entry->dropped) continue;
    worst = std::max(worst.value_or(entry->severity), entry->severity);
  }
  return worst;
}

ReceiverGroupView view_receiver_group(std::span<const GroupMember> members,
                                      std::string_view receiver, const AlertsConfig& config,
                                      Instant now) {
  ReceiverGroupView view;
  bool opened = false, known = false, updated = false, resolved = false;
  const std::optional<Severity> worst = worst_told(members, receiver);
  for (const GroupMember& member : members) {
    const model::Alert& alert = *member.alert;
    const model::Notified* entry = notified(alert, receiver);
    const bool routed = std::find(member.receivers.begin(), member.receivers.end(), receiver) !=
                        member.receivers.end();
    if (entry != nullptr && !entry->dropped) {
      view.last_notified = std::max(view.last_notified.value_or(entry->at), entry->at);
    }
    if (member.muted) {
      known |= entry != nullptr && !entry->dropped;  // not over
      continue;
    }
    const auto state = entry_state(alert, entry, routed, config, now);
    if (!state && routed && entry != nullptr) {
      const auto again = try_again(alert, *entry, config);
      if (again) view.try_again = std::min(view.try_again.value_or(*again), *again);
    }
    if (!state) continue;
    opened |= *state == EntryState::kOpened;
    resolved |= *state == EntryState::kResolved;
    updated |= *state == EntryState::kUpdated;
    known |= *state == EntryState::kUpdated || *state == EntryState::kFiring;
    if (*state == EntryState::kOpened) {
      const Instant since = alert.firing_since.value_or(now);
      view.first_opened = std::min(view.first_opened.value_or(since), since);
    }
    if (active(alert) && worst && alert.finding.severity > *worst) {
      const Instant since =
          std::max(alert.updated_at.value_or(Instant::min()), alert.firing_since.value_or(now));
      view.worse_since = std::min(view.worse_since.value_or(since), since);
    }
    if (const auto at = changed_at(alert, *state, now)) {
      view.changed_since = std::min(view.changed_since.value_or(*at), *at);
    }
    view.notice.entries.push_back({*state, alert.finding, duration_of(alert, *state, now)});
  }
  sort_entries(view.notice.entries);
  view.notice.kind = kind_of(opened, known, resolved);
  view.changed = opened || updated || resolved;
  return view;
}

}  // namespace idpwatch::alerts
