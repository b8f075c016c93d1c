#include "alerts/outbox.hpp"

#include "base/assert.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <set>
#include <tuple>

namespace idpwatch::alerts {

using base::Duration;
using base::Instant;
using model::OutboxMessage;

namespace {

constexpr int kBreakerFailures = 5;  // docs/alerts.md

// Who is tried out hears of it soon or not at all.
constexpr Duration kRetryTestFor = base::minutes(15);

bool is_test(const OutboxMessage& message) { return message.type == "test"; }

// R22: tests go first, then updates; openings and resolves last.
int worth(std::string_view type) {
  if (type == "alert.firing" || type == "alert.resolved") return 3;
  if (type == "test" || type == "heartbeat") return 0;
  return type == "event" ? 2 : 1;
}

Duration retry_for(const OutboxMessage& message) {
  return is_test(message) ? kRetryTestFor : kRetryFor;
}

void earlier(std::optional<Instant>& due, Instant other) {
  if (!due || other < *due) due = other;
}

}  // namespace

std::vector<Dropped> Outbox::set_receivers(std::span<const std::string> names,
                                           std::span<const std::string> paced) {
  std::vector<Dropped> out;
  for (auto position = receivers_.begin(); position != receivers_.end();) {
    if (std::find(names.begin(), names.end(), position->first) != names.end()) {
      ++position;
      continue;
    }
    for (Item& item : position->second.items) {
      out.push_back({std::move(item.message), "the receiver was removed", item.possibly_delivered});
    }
    position = receivers_.erase(position);
  }
  for (const std::string& name : names) {
    Receiver& receiver = receivers_[name];
    receiver.stale = true;
    receiver.health.name = name;
    receiver.health.disabled = false;
    receiver.health.urgent = false;
    receiver.paced = std::ranges::find(paced, name) != paced.end();
  }
  return out;
}

void Outbox::restore(Instant now, std::vector<OutboxMessage> messages) {
  std::stable_sort(messages.begin(), messages.end(), [](const auto& a, const auto& b) {
    return std::tie(a.created_at, a.id) < std::tie(b.created_at, b.id);
  });
  for (OutboxMessage& message : messages) {
    Receiver& receiver = receivers_[message.receiver];
    receiver.health.name = message.receiver;
    const bool there = std::ranges::any_of(
        receiver.items, [&](const Item& item) { return item.message.id == message.id; });
    if (there) continue;
    message.next_attempt_at = now;
    message.created_at = std::min(message.created_at, now);
    receiver.stale = true;
    receiver.bytes += message.body.size();
    receiver.items.push_back({std::move(message), 0, false, true, false, false});
  }
  for (auto& [name, receiver] : receivers_) {
    receiver.items.sort(
        [](const Item& a, const Item& b) { return a.message.created_at < b.message.created_at; });
  }
}

std::vector<Dropped> Outbox::add(OutboxMessage message, Ticket held_until, bool removable) {
  const auto position = receivers_.find(message.receiver);
  if (position == receivers_.end()) return {{std::move(message), "no such receiver", false}};
  Receiver& receiver = position->second;
  if (is_test(message)) withdraw_tests(receiver);
  receiver.stale = true;
  receiver.bytes += message.body.size();
  receiver.items.push_back({std::move(message), held_until, removable, false, false, false});
  std::vector<Dropped> out;
  while (receiver.items.size() > limits_.rows || receiver.bytes > limits_.bytes) {
    const auto victim = least_needed(receiver);
    if (victim == receiver.items.end()) break;
    out.push_back({victim->message, "the outbox is full", victim->possibly_delivered});
    erase(receiver, victim);
  }
  return out;
}

// A newer test says all that they would.
void Outbox::withdraw_tests(Receiver& receiver) {
  for (auto item = receiver.items.begin(); item != receiver.items.end();) {
    const auto here = item++;
    if (!is_test(here->message) || here->in_flight) continue;
    withdrawn_.emplace_back(here->message.id, here->message.receiver);
    erase(receiver, here);
  }
}

Outbox::Items::iterator Outbox::least_needed(Receiver& receiver) {
  auto best = receiver.items.end();
  for (auto item = receiver.items.begin(); item != receiver.items.end(); ++item) {
    if (item->in_flight) continue;
    if (best == receiver.items.end() || worth(item->message.type) < worth(best->message.type)) {
      best = item;
    }
  }
  return best;
}

void Outbox::erase(Receiver& receiver, Items::iterator item) {
  receiver.stale = true;
  receiver.bytes -= item->message.body.size();
  if (item->in_flight) receiver.in_flight = false;
  receiver.items.erase(item);
}

void Outbox::acknowledged(Ticket ticket) {
  acknowledged_ = std::max(acknowledged_, ticket);
  for (auto& [name, receiver] : receivers_) receiver.stale = true;
}

void Outbox::number(const model::MessageNumber& number) {
  const auto receiver = receivers_.find(number.receiver);
  if (receiver == receivers_.end()) return;
  for (Item& item : receiver->second.items) {
    OutboxMessage& message = item.message;
    if (message.id != number.id || !message.number) continue;
    if (item.in_flight || message.attempts > 0) return;
    receiver->second.bytes -= message.body.size();
    message.body = model::numbered_body(message, number.seq);
    receiver->second.bytes += message.body.size();
    message.number.reset();
    return;
  }
}

std::vector<Dropped> Outbox::expire(Instant now) {
  std::vector<Dropped> out;
  for (auto& [name, receiver] : receivers_) {
    while (!receiver.items.empty()) {
      const auto oldest = receiver.items.begin();
      if (oldest->in_flight || oldest->message.created_at + limits_.age > now) break;
      out.push_back({oldest->message, "older than " + base::describe_duration(limits_.age),
                     oldest->possibly_delivered});
      erase(receiver, oldest);
    }
  }
  return out;
}

void Outbox::clock_set(Duration step) {
  for (auto& [name, receiver] : receivers_) {
    receiver.stale = true;
    if (receiver.paused_until) *receiver.paused_until += step;
    if (receiver.paced_to) *receiver.paced_to += step;
    if (receiver.health.failing_since) *receiver.health.failing_since += step;
    for (Item& item : receiver.items) {
      item.message.created_at += step;
      item.message.next_attempt_at += step;
    }
  }
}

// The message that goes next to this receiver, whenever that is: the one due first among the heads
// of its groups, and of what is due at `now` no test before anything else; with an open breaker the
// oldest alone, tests last.
Outbox::Items::const_iterator Outbox::next(const Receiver& receiver, Instant now) const {
  const Items& items = receiver.items;
  auto best = items.end();
  const auto key = [now](const Item& item) {
    const Instant due = std::max(item.message.next_attempt_at, now);
    return std::tuple(due, is_test(item.message), item.message.next_attempt_at);
  };
  const bool open = receiver.health.failures >= kBreakerFailures;
  std::set<std::string_view> groups;
  for (auto item = items.begin(); item != items.end(); ++item) {
    if (item->held_until > acknowledged_) break;  // tickets grow: the later ones are held as well
    if (open && !is_test(item->message)) return item;
    if (!groups.insert(item->message.group).second) continue;
    if (best == items.end() || (!open && key(*item) < key(*best))) best = item;
  }
  return best;
}

std::optional<Instant> Outbox::due_of(const Receiver& receiver) const {
  if (receiver.stale) receiver.due = find_due(receiver);
  receiver.stale = false;
  return receiver.due;
}

std::optional<Instant> Outbox::find_due(const Receiver& receiver) const {
  if (receiver.in_flight || receiver.health.disabled || receiver.items.empty()) return std::nullopt;
  const auto item = next(receiver, Instant::min());
  if (item == receiver.items.end()) return std::nullopt;
  Instant due = item->message.next_attempt_at;
  if (receiver.paused_until) due = std::max(due, *receiver.paused_until);
  if (receiver.paced && receiver.paced_to) {
    due = std::max(due, *receiver.paced_to - (kBurst - 1) * kPace);
  }
  return due;
}

std::optional<Instant> Outbox::due() const {
  std::optional<Instant> due;
  for (const auto& [name, receiver] : receivers_) {
    if (const auto at = due_of(receiver)) earlier(due, *at);
    if (!receiver.items.empty() && !receiver.items.front().in_flight) {
      earlier(due, receiver.items.front().message.created_at + limits_.age);
    }
  }
  return due;
}

std::vector<OutboxMessage> Outbox::start_due(Instant now) {
  std::vector<OutboxMessage> out;
  for (auto& [name, receiver] : receivers_) {
    const auto due = due_of(receiver);
    if (!due || *due > now) continue;
    const auto found = next(receiver, now);
    const auto item = receiver.items.erase(found, found);  // erases nothing: makes it writable
    item->in_flight = receiver.in_flight = true;
    receiver.paced_to = std::max(receiver.paced_to.value_or(now), now) + kPace;
    receiver.stale = true;
    out.push_back(item->message);
  }
  return out;
}

std::optional<Outbox::Finished> Outbox::finished(Instant now, std::string_view receiver_name,
                                                 std::string_view id, const AttemptResult& result,
                                                 base::Random& random) {
  const auto position = receivers_.find(receiver_name);
  if (position == receivers_.end()) return std::nullopt;
  Receiver& receiver = position->second;
  const auto item = std::find_if(receiver.items.begin(), receiver.items.end(),
                                 [id](const Item& i) { return i.in_flight && i.message.id == id; });
  if (item == receiver.items.end()) return std::nullopt;
  Finished out;
  out.outcome = judge(result);
  item->in_flight = receiver.in_flight = false;
  receiver.stale = true;
  if (out.outcome.what == Disposition::kUnsent) {
    item->message.next_attempt_at = now + retry_delay(1, random);
    out.message = item->message;
    return out;
  }
  ++item->message.attempts;
  item->possibly_delivered = item->possibly_delivered || out.outcome.may_have_arrived;
  receiver.paused_until.reset();
  if (const auto pause = retry_after(result, now)) receiver.paused_until = now + *pause;
  settle(now, receiver, item, out, random);
  return out;
}

void Outbox::settle(Instant now, Receiver& receiver, Items::iterator item, Finished& finished,
                    base::Random& random) {
  OutboxMessage& message = item->message;
  ReceiverHealth& health = receiver.health;
  const Disposition what = finished.outcome.what;
  if (what == Disposition::kDelivered) {
    finished.message = message;
    finished.gone = true;
    erase(receiver, item);
    succeeded(now, receiver);
    return;
  }
  if (what == Disposition::kAgain) {
    message.last_error = finished.outcome.reason;
    message.next_attempt_at = now + retry_delay(1, random);
    finished.possibly_delivered = item->possibly_delivered;
    finished.message = message;
    return;
  }
  ++health.failures;
  if (!health.failing_since) health.failing_since = now;
  health.last_error = finished.outcome.reason;
  health.urgent = what != Disposition::kRetry;
  health.disabled = what == Disposition::kDisable;
  health.drops = what == Disposition::kDropped;
  message.last_error = finished.outcome.reason;
  const Duration delay =
      what == Disposition::kRetry ? retry_delay(message.attempts, random) : slow_delay(random);
  message.next_attempt_at = now + delay;
  const bool too_old =
      what == Disposition::kRetry && now - message.created_at >= retry_for(message);
  finished.given_up = finished.gone = what == Disposition::kDropped || too_old;
  // A refusal is an answer: whatever came before was refused as well.
  finished.possibly_delivered = item->possibly_delivered && what != Disposition::kDropped;
  finished.message = message;
  if (finished.gone) erase(receiver, item);
}

void Outbox::succeeded(Instant now, Receiver& receiver) {
  ReceiverHealth& health = receiver.health;
  const bool was_waiting = health.failures > 0 || !health.succeeded;
  health.succeeded = true;
  health.failures = 0;
  health.failing_since.reset();
  health.urgent = health.drops = false;
  health.last_error.clear();
  if (!was_waiting) return;
  for (Item& item : receiver.items) {
    item.message.next_attempt_at = std::min(item.message.next_attempt_at, now);
  }
}

MessagesUnderWay::State Outbox::state(std::string_view receiver, std::string_view group) const {
  const auto position = receivers_.find(receiver);
  if (position == receivers_.end()) return State::kNone;
  State state = State::kNone;
  for (const Item& item : position->second.items) {
    if (item.message.group != group) continue;
    if (!item.removable || item.restored || item.possibly_delivered || item.in_flight) {
      return State::kUnderWay;
    }
    state = State::kUnseen;
  }
  return state;
}

void Outbox::withdraw(std::string_view receiver, std::string_view group) {
  const auto position = receivers_.find(receiver);
  IDPWATCH_ASSERT(position != receivers_.end());
  Items& items = position->second.items;
  for (auto item = items.begin(); item != items.end();) {
    const auto here = item++;
    if (here->message.group != group) continue;
    IDPWATCH_ASSERT(here->removable && !here->possibly_delivered && !here->in_flight);
    withdrawn_.emplace_back(here->message.id, here->message.receiver);
    erase(position->second, here);
  }
}

std::vector<std::pair<std::string, std::string>> Outbox::take_withdrawn() {
  return std::exchange(withdrawn_, {});
}

std::vector<OutboxMessage> Outbox::messages() const {
  std::vector<OutboxMessage> out;
  for (const auto& [name, receiver] : receivers_) {
    for (const Item& item : receiver.items) out.push_back(item.message);
  }
  return out;
}

std::size_t Outbox::size() const {
  std::size_t size = 0;
  for (const auto& [name, receiver] : receivers_) size += receiver.items.size();
  return size;
}

std::vector<ReceiverHealth> Outbox::health() const {
  std::vector<ReceiverHealth> out;
  for (const auto& [name, receiver] : receivers_) {
    ReceiverHealth health = receiver.health;
    health.waiting = receiver.items.size();
    health.bytes = receiver.bytes;
    if (!receiver.items.empty()) health.oldest = receiver.items.front().message.created_at;
    out.push_back(std::move(health));
  }
  return out;
}

bool Outbox::idle() const {
  return std::none_of(receivers_.begin(), receivers_.end(),
                      [](const auto& entry) { return entry.second.in_flight; });
}

}  // namespace idpwatch::alerts
