#include "net/request_queue.hpp"

#include "base/assert.hpp"

#include <algorithm>

namespace idpwatch::net {

void RequestQueue::add(Id id, const std::string& host, const std::string& owner, bool message,
                       base::Duration now) {
  HostNode& at = *hosts_.try_emplace(host).first;
  OwnerNode& of = *at.second.owners.try_emplace(owner).first;
  const auto [entry, added] = entries_.try_emplace(id);
  IDPWATCH_ASSERT(added);
  entry->second.host = &at;
  entry->second.owner = &of;
  entry->second.message = message;
  if (of.second.held >= limits_.per_owner) {
    of.second.waiting.push_back(id);
    return;
  }
  to_host(id, entry->second, now);
}

void RequestQueue::to_host(Id id, Entry& entry, base::Duration now) {
  ++entry.owner->second.held;
  entry.stage = Stage::kForHost;
  entry.since = now;
  entry.slow = entry.owner->second.slow;
  Host& host = entry.host->second;
  if (!entry.slow && host.waiting_quick.empty() && host.quick < limits_.per_host) {
    ++host.quick;
    to_ready(id, entry);
    return;
  }
  (entry.slow ? host.waiting_slow : host.waiting_quick).push_back(id);
  admit(host, now);
  if (entry.stage == Stage::kForHost && !entry.slow) {
    impatient_.emplace_back(now + limits_.patience, id);
  }
}

// Whoever may have a place at the host gets it.
void RequestQueue::admit(Host& host, base::Duration now) {
  while (!host.waiting_quick.empty() && host.quick < limits_.per_host_most) {
    const Id id = host.waiting_quick.front();
    Entry& entry = entries_.at(id);
    if (host.quick >= limits_.per_host && now - entry.since < limits_.patience) break;
    host.waiting_quick.pop_front();
    ++host.quick;
    to_ready(id, entry);
  }
  while (!host.waiting_slow.empty() && host.slow < limits_.per_host_slow) {
    const Id id = host.waiting_slow.front();
    host.waiting_slow.pop_front();
    ++host.slow;
    to_ready(id, entries_.at(id));
  }
}

std::deque<RequestQueue::Id>& RequestQueue::ready_for(const Entry& entry) {
  if (entry.message) return ready_messages_;
  return entry.slow ? ready_slow_ : ready_quick_;
}

void RequestQueue::to_ready(Id id, Entry& entry) {
  entry.stage = Stage::kReady;
  ready_for(entry).push_back(id);
}

std::optional<RequestQueue::Id> RequestQueue::next(base::Duration now) {
  time_passed(now);
  const std::size_t most = limits_.quick + limits_.slow;
  if (!ready_messages_.empty() && running() < most + limits_.for_messages) {
    return begin(ready_messages_, now);
  }
  if (running() >= most) return std::nullopt;
  if (!ready_quick_.empty() && quick_ < limits_.quick) return begin(ready_quick_, now);
  if (!ready_slow_.empty() && slow_ < limits_.slow) return begin(ready_slow_, now);
  return std::nullopt;
}

RequestQueue::Id RequestQueue::begin(std::deque<Id>& ready, base::Duration now) {
  const Id id = ready.front();
  ready.pop_front();
  Entry& entry = entries_.at(id);
  entry.stage = Stage::kRunning;
  entry.since = now;
  ++(entry.slow ? slow_ : quick_);
  if (!entry.slow) ageing_.emplace_back(now + limits_.slow_after, id);
  return id;
}

void RequestQueue::time_passed(base::Duration now) {
  while (!ageing_.empty() && ageing_.front().first <= now) {
    const auto found = entries_.find(ageing_.front().second);
    ageing_.pop_front();
    if (found == entries_.end()) continue;
    Entry& entry = found->second;
    entry.slow = true;
    --quick_;
    ++slow_;
    --entry.host->second.quick;
    ++entry.host->second.slow;
    mark(entry);
    admit(entry.host->second, now);
  }
  while (!impatient_.empty() && impatient_.front().first <= now) {
    const auto found = entries_.find(impatient_.front().second);
    impatient_.pop_front();
    if (found != entries_.end()) admit(found->second.host->second, now);
  }
}

void RequestQueue::mark(const Entry& entry) {
  if (entry.owner->second.slow) return;
  entry.owner->second.slow = true;
  marks_.emplace_back(entry.host->first, entry.owner->first);
  if (marks_.size() <= kMostMarks) return;
  const auto [host, owner] = std::move(marks_.front());
  marks_.pop_front();
  const auto at = hosts_.find(host);
  if (at == hosts_.end()) return;
  const auto of = at->second.owners.find(owner);
  if (of == at->second.owners.end()) return;
  of->second.slow = false;
  drop_if_idle(*at, &*of);
}

void RequestQueue::ended(Id id, bool timed_out, base::Duration now) {
  time_passed(now);
  const Entry& entry = entries_.at(id);
  IDPWATCH_ASSERT(entry.stage == Stage::kRunning);
  if (timed_out || now - entry.since >= limits_.slow_after) {
    mark(entry);
  } else {
    entry.owner->second.slow = false;
  }
  remove(id, now);
}

void RequestQueue::cancelled(Id id, base::Duration now) {
  const auto found = entries_.find(id);
  if (found == entries_.end()) return;
  const Entry& entry = found->second;
  if (entry.stage == Stage::kReady) {
    std::erase(ready_for(entry), id);
  } else if (entry.stage == Stage::kForHost) {
    Host& host = entry.host->second;
    std::erase(entry.slow ? host.waiting_slow : host.waiting_quick, id);
  } else if (entry.stage == Stage::kForOwner) {
    std::erase(entry.owner->second.waiting, id);
  }
  remove(id, now);
}

// Of no queue any more: its places go to the next.
void RequestQueue::remove(Id id, base::Duration now) {
  const auto found = entries_.find(id);
  const Entry entry = found->second;
  entries_.erase(found);
  Host& host = entry.host->second;
  Owner& owner = entry.owner->second;
  if (entry.stage == Stage::kRunning) --(entry.slow ? slow_ : quick_);
  if (entry.stage == Stage::kRunning || entry.stage == Stage::kReady) {
    --(entry.slow ? host.slow : host.quick);
  }
  if (entry.stage != Stage::kForOwner) {
    --owner.held;
    if (!owner.waiting.empty()) {
      const Id next = owner.waiting.front();
      owner.waiting.pop_front();
      to_host(next, entries_.at(next), now);
    }
  }
  if (!host.waiting_quick.empty() || !host.waiting_slow.empty()) admit(host, now);
  drop_if_idle(*entry.host, entry.owner);
}

void RequestQueue::drop_if_idle(HostNode& host, OwnerNode* owner) {
  const Owner& of = owner->second;
  if (of.held == 0 && of.waiting.empty() && !of.slow) host.second.owners.erase(owner->first);
  if (host.second.owners.empty()) hosts_.erase(host.first);
}

std::optional<base::Duration> RequestQueue::wake_at() const {
  if (waiting() == 0) return std::nullopt;
  std::optional<base::Duration> at;
  if (!ageing_.empty()) at = ageing_.front().first;
  if (!impatient_.empty() && (!at || impatient_.front().first < *at)) {
    at = impatient_.front().first;
  }
  return at;
}

}  // namespace idpwatch::net
