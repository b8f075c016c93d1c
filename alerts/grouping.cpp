#include "alerts/grouping.hpp"

#include "alerts/receivers/kinds.hpp"
#include "alerts/routing.hpp"

#include <algorithm>

namespace idpwatch::alerts {

using base::Instant;
using model::AlertState;
using model::Severity;

struct Grouping::Turn {
  Instant now;
  AlertBook& book;
  const AlertsConfig& config;
  MessagesUnderWay& messages;
  const Muted& muted;
  std::vector<Notice>& notices;
};

namespace {

bool has_critical(const Notice& notice) {
  return std::any_of(notice.entries.begin(), notice.entries.end(), [](const NoticeEntry& e) {
    return e.finding.severity == Severity::kCritical;
  });
}

// Those that take state hear of it otherwise.
std::vector<std::string> told_by_message(const model::Finding& finding,
                                         const AlertsConfig& config) {
  std::vector<std::string> names = receivers_of(finding, config);
  std::erase_if(names, [&config](const std::string& name) {
    return std::ranges::any_of(config.receivers, [&name](const ReceiverConfig& receiver) {
      return receiver.name == name && takes_state(receiver);
    });
  });
  return names;
}

bool configured(const AlertsConfig& config, std::string_view receiver) {
  return std::any_of(config.receivers.begin(), config.receivers.end(),
                     [receiver](const ReceiverConfig& r) { return r.name == receiver; });
}

}  // namespace

void Grouping::touch(Instant now, const model::Finding& finding, const AuthorityServers& servers) {
  GroupKey key = group_of(finding, servers);
  const std::string name = key.text();
  Group& group = groups_[name];
  group.key = std::move(key);
  group.ids.insert(finding.id);
  schedule(name, group, now);
}

void Grouping::touch_group(Instant now, std::string_view group) {
  const auto position = groups_.find(group);
  if (position != groups_.end()) schedule(position->first, position->second, now);
}

// A new configuration may name another server for an authority, and so another group.
void Grouping::touch_all(Instant now, const AlertBook& book, const AuthorityServers& servers) {
  for (auto& [name, group] : groups_) {
    group.ids.clear();
    schedule(name, group, now);
  }
  for (const model::Alert* alert : book.all()) touch(now, alert->finding, servers);
}

void Grouping::clock_set(base::Duration step) {
  schedule_.clear();
  for (auto& [name, group] : groups_) {
    if (group.due) schedule_.emplace(*group.due += step, name);
    for (auto& [receiver, state] : group.receiver_states) {
      if (state.last) *state.last += step;
      if (state.resolved) *state.resolved += step;
      for (Before& before : state.before) {
        if (before.entry) before.entry->at += step;
      }
    }
  }
}

std::optional<Instant> Grouping::due() const {
  if (schedule_.empty()) return std::nullopt;
  return schedule_.begin()->first;
}

void Grouping::schedule(const std::string& name, Group& group, Due due) {
  if (group.due) schedule_.erase({*group.due, name});
  group.due = due;
  if (due) schedule_.emplace(*due, name);
}

std::vector<Notice> Grouping::flush(Instant now, AlertBook& book, const AlertsConfig& config,
                                    MessagesUnderWay& messages, const Muted& muted) {
  std::vector<Notice> notices;
  const Turn turn{now, book, config, messages, muted, notices};
  std::vector<std::string> names;
  for (const auto& [due, name] : schedule_) {
    if (due > now) break;
    names.push_back(name);
  }
  for (const std::string& name : names) {
    Group& group = groups_.at(name);
    const Due due = flush_group(turn, name, group);
    const Due remembered = group.ids.empty() ? remembered_until(turn, group) : due;
    schedule(name, group, remembered);
    if (group.ids.empty() && !remembered) groups_.erase(name);
  }
  return notices;
}

std::vector<GroupMember> Grouping::members_of(const Turn& turn, Group& group) {
  std::vector<GroupMember> members;
  std::erase_if(group.ids, [&turn](const auto& id) { return turn.book.find(id) == nullptr; });
  for (const std::string& id : group.ids) {
    const model::Alert* alert = turn.book.find(id);
    const std::vector<model::Notified> notified = alert->notified;
    for (const model::Notified& entry : notified) {
      if (!configured(turn.config, entry.receiver)) turn.book.clear_notified(id, entry.receiver);
    }
    GroupMember member{alert, {}};
    if (active(*alert)) {
      member.receivers = told_by_message(alert->finding, turn.config);
      member.muted = turn.muted && turn.muted(alert->finding);
    }
    members.push_back(std::move(member));
  }
  return members;
}

Grouping::Due Grouping::flush_group(const Turn& turn, const std::string& name, Group& group) {
  const std::vector<GroupMember> members = members_of(turn, group);
  std::set<std::string> receivers;
  for (const GroupMember& member : members) {
    receivers.insert(member.receivers.begin(), member.receivers.end());
    for (const model::Notified& entry : member.alert->notified) receivers.insert(entry.receiver);
  }
  Due next;
  for (const std::string& receiver : receivers) {
    Notice start;
    start.receiver = receiver;
    start.group = group.key;
    const Due due =
        flush_receiver(turn, name, group.receiver_states[receiver], members, std::move(start));
    if (due && (!next || *due < *next)) next = due;
  }
  forget_settled(turn, group);
  return next;
}

// Gives the notice when its time has come; else says when that is. nullopt: nothing to wait for but
// a change or the end of what is under way.
Grouping::Due Grouping::flush_receiver(const Turn& turn, const std::string& name,
                                       ReceiverGroupState& receiver_state,
                                       const std::vector<GroupMember>& members, Notice start) {
  using State = MessagesUnderWay::State;
  const std::string& receiver = start.receiver;
  const AlertsConfig& config = turn.config;
  ReceiverGroupView view = view_receiver_group(members, receiver, config, turn.now);
  const Due last = std::max(receiver_state.last, view.last_notified);  // nullopt is the least
  const bool reminder = !view.changed;
  if (reminder && (config.repeat.count() == 0 || !last || !has_critical(view.notice))) {
    return view.try_again;
  }
  const State state = turn.messages.state(receiver, name);
  if (state == State::kUnderWay || (reminder && state != State::kNone)) return {};

  const Instant due =
      reminder ? *last + config.repeat : due_of(view, receiver_state, config, turn.now);
  if (due > turn.now) return due;
  if (state == State::kUnseen) {
    withdraw(turn, name, receiver, receiver_state);
    view = view_receiver_group(members, receiver, config, turn.now);
    if (!view.changed) return {};
  }
  start.kind = reminder ? NoticeKind::kFiring : view.notice.kind;
  start.reminder = reminder;
  start.entries = std::move(view.notice.entries);
  const bool critical = has_critical(start);
  give(turn, receiver_state, std::move(start));
  if (!critical || config.repeat.count() == 0) return {};
  return turn.now + config.repeat;
}

// When what changed is to be told.
Instant Grouping::due_of(const ReceiverGroupView& view, const ReceiverGroupState& state,
                         const AlertsConfig& config, Instant now) {
  const Due last_notified = view.last_notified;
  if (!last_notified) return view.first_opened.value_or(now) + config.group_wait;
  const Instant last = std::max(*last_notified, state.last.value_or(*last_notified));
  const Instant usual = last + config.group_interval;
  if (view.worse_since) {
    return std::min(usual, std::max(last, *view.worse_since) + config.group_wait);
  }
  const bool over = view.notice.kind == NoticeKind::kResolved;
  const bool first_end = !state.resolved || now - *state.resolved >= config.group_interval;
  if (over && first_end) return now;
  // What one cause changes in many findings comes within moments, and is one message.
  return std::max(usual, view.changed_since.value_or(now) + config.group_wait);
}

// A group that was over a moment ago: its next end waits for `group_interval`.
Grouping::Due Grouping::remembered_until(const Turn& turn, const Group& group) {
  Due until;
  for (const auto& [receiver, state] : group.receiver_states) {
    if (!state.resolved) continue;
    const Instant end = *state.resolved + turn.config.group_interval;
    if (end > turn.now) until = std::max(until, Due(end));
  }
  return until;
}

void Grouping::withdraw(const Turn& turn, const std::string& name, std::string_view receiver,
                        ReceiverGroupState& state) {
  turn.messages.withdraw(receiver, name);
  for (Before& before : state.before) {
    if (before.entry) {
      turn.book.set_notified(before.id, std::move(*before.entry));
    } else {
      turn.book.clear_notified(before.id, receiver);
    }
  }
  state.before.clear();
}

void Grouping::give(const Turn& turn, ReceiverGroupState& state, Notice notice) {
  state.last = turn.now;
  if (notice.kind == NoticeKind::kResolved) state.resolved = turn.now;
  state.before.clear();
  for (const NoticeEntry& entry : notice.entries) {
    const std::string& id = entry.finding.id;
    const Severity severity = entry.finding.severity;
    if (entry.state == EntryState::kResolved) {
      turn.book.clear_notified(id, notice.receiver);
      continue;
    }
    const bool reminded = notice.reminder && severity == Severity::kCritical;
    if (entry.state == EntryState::kFiring && !reminded) continue;
    const model::Notified* before = notified(*turn.book.find(id), notice.receiver);
    state.before.push_back({id, before != nullptr ? std::optional(*before) : std::nullopt});
    turn.book.set_notified(id, {notice.receiver, turn.now, severity, false});
  }
  turn.notices.push_back(std::move(notice));
}

void Grouping::forget_settled(const Turn& turn, Group& group) {
  std::erase_if(group.ids, [&turn](const std::string& id) {
    const model::Alert* alert = turn.book.find(id);
    if (alert == nullptr) return true;
    const auto owed = [](const model::Notified& entry) { return !entry.dropped; };
    if (alert->state != AlertState::kResolved ||
        std::any_of(alert->notified.begin(), alert->notified.end(), owed)) {
      return false;
    }
    turn.book.forget(id);
    return true;
  });
}

void Grouping::dropped(Instant now, AlertBook& book, const Lost& lost) {
  const auto position = groups_.find(lost.group);
  if (position == groups_.end()) return;
  for (const std::string& id : position->second.ids) {
    const model::Alert* alert = book.find(id);
    const model::Notified* entry = alert != nullptr ? notified(*alert, lost.receiver) : nullptr;
    if (entry == nullptr) continue;
    const bool opened = std::find(lost.opened.begin(), lost.opened.end(), id) != lost.opened.end();
    if (!opened && !(lost.all && entry->at == lost.made_at)) continue;
    model::Notified marked = *entry;
    marked.dropped = true;
    book.set_notified(id, std::move(marked));
  }
  schedule(position->first, position->second, now);
}

}  // namespace idpwatch::alerts
