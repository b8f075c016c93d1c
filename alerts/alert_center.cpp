#include "alerts/alert_center.hpp"

#include "alerts/audit_notes.hpp"
#include "alerts/ignore.hpp"
#include "alerts/message_id.hpp"
#include "alerts/muting.hpp"
#include "alerts/receiver_findings.hpp"
#include "alerts/receivers/kinds.hpp"
#include "alerts/routing.hpp"
#include "alerts/webhook_payload.hpp"
#include "base/assert.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <utility>

namespace idpwatch::alerts {

using base::Instant;
using model::CheckResult;
using model::Health;

namespace {

constexpr int kNotesADay = 100;  // of one finding; the last one says that no more follow

void earlier(std::optional<Instant>& due, std::optional<Instant> other) {
  if (other && (!due || *other < *due)) due = other;
}

// The clock may have been set back while nothing ran.
void keep_from_future(model::Alert& alert, Instant now) {
  const auto not_later = [](std::optional<Instant>& at, Instant than) {
    if (at) at = std::min(*at, than);
  };
  alert.since = std::min(alert.since, now);
  not_later(alert.firing_since, now);
  not_later(alert.updated_at, now);
  for (model::Notified& notified : alert.notified) notified.at = std::min(notified.at, now);
  const model::Rule* rule = model::find_rule(alert.finding.rule);
  const base::Duration hold = is_flapping(alert.finding) ? kCalmFor : base::Duration{0};
  if (rule != nullptr) not_later(alert.closes_at, now + std::max(rule->event_hold, hold));
}

std::vector<std::string> names_of(const std::vector<ReceiverConfig>& receivers) {
  std::vector<std::string> names;
  names.reserve(receivers.size());
  for (const ReceiverConfig& receiver : receivers) names.push_back(receiver.name);
  return names;
}

std::vector<std::string> paced(std::vector<ReceiverConfig> receivers) {
  std::erase_if(receivers, [](const ReceiverConfig& each) { return !kind_of(each).paced; });
  return names_of(receivers);
}

std::string line_of(const Transition& transition, const model::Finding& finding) {
  std::string line = "alert ";
  switch (transition.change) {
    case Change::kFiring:
      line += "firing";
      break;
    case Change::kUpdated:
      line += "updated";
      break;
    case Change::kResolved:
      line += "resolved";
      break;
  }
  line += ": " + finding.rule + " (" + std::string(model::to_text(finding.severity)) + ")";
  if (finding.ignored) line += ", ignored";
  if (!finding.summary.empty()) line += ": " + base::printable(finding.summary, 400);
  if (!transition.reason.empty()) line += " [" + transition.reason + "]";
  return line;
}

}  // namespace

AlertCenter::AlertCenter(AlertsConfig config, base::Random& random, net::HttpTransport& transport,
                         std::function<void()> wake, OutboxLimits limits)
    : config_(std::move(config)),
      random_(random),
      limits_(limits),
      outbox_(limits),
      delivery_(transport, wake),
      feed_(transport, std::move(wake)) {
  outbox_.set_receivers(names_of(config_.receivers), paced(config_.receivers));
  feed_.set_receivers(Instant{}, config_);
  ignore_due_ = muting_due_ = Instant{};  // the first turn looks when the next entry ends
}

void AlertCenter::restore_noted(Instant now, std::map<std::string, int> noted) {
  noted_day_ = std::chrono::floor<std::chrono::days>(now);
  noted_ = std::move(noted);
}

Turn AlertCenter::restore(Instant now, std::vector<model::Alert> alerts,
                          std::vector<model::OutboxMessage> outbox,
                          const AlertBook::Predicate& gone) {
  Work work{now, {}};
  for (model::Alert& alert : alerts) keep_from_future(alert, now);
  book_.restore(std::move(alerts));
  outbox_.restore(now, std::move(outbox));
  if (gone) on_transitions(work, book_.retire(now, gone, kConfigRemoved));
  grouping_.touch_all(now, book_, *config_.servers);
  set_receivers(work);
  refresh_ignored(work);
  return finish(std::move(work));
}

Turn AlertCenter::apply(Instant now, std::span<const CheckResult> results,
                        std::span<const model::Event> events) {
  Work work{now, {}};
  move_as_configured(work, results);
  for (const model::Event& event : events) on_event(work, event);
  return finish(std::move(work));
}

Turn AlertCenter::tick(Instant now) { return finish({now, {}}); }

void AlertCenter::acknowledged(Ticket ticket, std::span<const model::MessageNumber> numbered) {
  for (const model::MessageNumber& number : numbered) outbox_.number(number);
  outbox_.acknowledged(ticket);
}

void AlertCenter::clock_set(Instant now, base::Duration step) {
  book_.clock_set(now, step);
  grouping_.clock_set(step);
  outbox_.clock_set(step);
  feed_.clock_set(step);
  if (receivers_due_) *receivers_due_ += step;
  if (heartbeat_due_) *heartbeat_due_ += step;
  muting_due_ = now;
  ignore_due_ = now;  // these ends are those of our configuration: they stand
}

std::optional<Instant> AlertCenter::next_due() const {
  if (delivery_.finished()) return Instant{};
  std::optional<Instant> due = ignore_due_;
  earlier(due, muting_due_);
  earlier(due, heartbeat_due_);
  earlier(due, receivers_due_);
  earlier(due, feed_.due());
  earlier(due, book_.due());
  earlier(due, grouping_.due());
  earlier(due, outbox_.due());
  return due;
}

Turn AlertCenter::reconfigure(Instant now, AlertsConfig config) {
  Work work{now, {}};
  config_ = std::move(config);
  set_receivers(work);
  on_transitions(work, book_.retire(
                           now,
                           [this](const model::Finding& finding) {
                             const std::string& name = finding.subject.receiver;
                             return !name.empty() && receiver(name) == nullptr;
                           },
                           kConfigRemoved));
  refresh_ignored(work);
  grouping_.touch_all(now, book_, *config_.servers);
  return finish(std::move(work));
}

Turn AlertCenter::retire(Instant now, const AlertBook::Predicate& gone, std::string_view reason) {
  Work work{now, {}};
  on_transitions(work, book_.retire(now, gone, reason));
  return finish(std::move(work));
}

std::vector<model::Alert> AlertCenter::open_alerts() const {
  std::vector<model::Alert> out;
  for (const model::Alert* alert : book_.all()) {
    out.push_back(*alert);
    out.back().silenced_by = muted_by(alert->finding, muting_at_);
  }
  return out;
}

std::size_t AlertCenter::firing() const {
  std::size_t count = 0;
  for (const model::Alert* alert : book_.all()) {
    if (alert->state == model::AlertState::kFiring) ++count;
  }
  return count;
}

model::Batch AlertCenter::state() const {
  model::Batch batch;
  batch.alerts = open_alerts();
  batch.outbox = outbox_.messages();
  for (model::OutboxMessage& message : batch.outbox) message.number.reset();
  return batch;
}

const ReceiverConfig* AlertCenter::receiver(std::string_view name) const {
  const auto found = std::find_if(config_.receivers.begin(), config_.receivers.end(),
                                  [name](const ReceiverConfig& r) { return r.name == name; });
  return found == config_.receivers.end() ? nullptr : &*found;
}

void AlertCenter::set_receivers(Work& work) {
  on_dropped(work, outbox_.set_receivers(names_of(config_.receivers), paced(config_.receivers)));
  feed_.set_receivers(work.now, config_);
  muting_due_ = work.now;
  heartbeat_due_.reset();
}

// With `ignored` set by our configuration; copies only where a result must be changed.
void AlertCenter::move_as_configured(Work& work, std::span<const CheckResult> results) {
  if (config_.ignore.empty()) {
    move(work, results);
    return;
  }
  std::vector<CheckResult> copies;
  copies.reserve(results.size());
  for (const CheckResult& result : results) {
    if (result.health != Health::kFailing && book_.find(result.finding) == nullptr) continue;
    copies.push_back(result);
    model::Finding& finding = copies.back().finding;
    finding.ignored = ignored_by(finding, config_.ignore, work.now) != nullptr;
  }
  move(work, copies);
}

void AlertCenter::move(Work& work, std::span<const CheckResult> results) {
  std::vector<std::string> regarded;
  for (const CheckResult& result : results) {
    if (result.health != Health::kFailing) continue;
    const model::Alert* alert = book_.find(result.finding.id);
    if (alert != nullptr && alert->finding.ignored != result.finding.ignored) {
      regarded.push_back(result.finding.id);
    }
  }
  on_transitions(work, book_.apply(work.now, results));
  for (const std::string& id : regarded) {
    if (const model::Alert* alert = book_.find(id)) {
      grouping_.touch(work.now, alert->finding, *config_.servers);
    }
  }
}

// A provider that turns good and bad at every look must not fill the audit chain: which is for
// ever.
void AlertCenter::note_transition(Work& work, const Transition& transition,
                                  const model::Alert* alert) {
  const auto today = std::chrono::floor<std::chrono::days>(work.now);
  if (today != std::exchange(noted_day_, today)) noted_.clear();
  const int noted = ++noted_[transition.id];
  if (noted > kNotesADay) return;
  work.turn.batch.notes.push_back(noted < kNotesADay ? transition_note(work.now, transition, alert)
                                                     : omission_note(work.now, transition.id));
}

void AlertCenter::on_transitions(Work& work, const std::vector<Transition>& transitions) {
  for (const Transition& transition : transitions) {
    const model::Alert* alert = book_.find(transition.id);
    note_transition(work, transition, alert);
    if (alert == nullptr) continue;
    work.turn.moved.push_back({transition.change, alert->finding});
    work.turn.log.push_back(line_of(transition, alert->finding));
    grouping_.touch(work.now, alert->finding, *config_.servers);
    feed_.changed(work.now);
  }
  for (const std::string& id : book_.take_owed_ends()) {
    if (const model::Alert* alert = book_.find(id)) {
      grouping_.touch(work.now, alert->finding, *config_.servers);
    }
  }
}

void AlertCenter::on_event(Work& work, model::Event event) {
  const std::vector<std::string> receivers = receivers_of(event, config_);
  if (!receivers.empty()) {
    const EventBody body = render_event(config_.instance, event);
    const std::string about = event.authority.empty() ? event.deployment : event.authority;
    const model::NumberPlace number{work.turn.batch.events.size(), body.number_at};
    for (const std::string& receiver : receivers) {
      if (takes_state(*this->receiver(receiver))) continue;  // an event is no state
      enqueue(work, receiver, "event|" + about, "event", body.text, false, number);
    }
  }
  work.turn.batch.events.push_back(std::move(event));
}

std::string AlertCenter::enqueue(Work& work, std::string receiver, std::string group,
                                 std::string_view type, std::string body, bool removable,
                                 std::optional<model::NumberPlace> number) {
  model::OutboxMessage message;
  message.id = make_message_id(work.now, random_);
  message.receiver = std::move(receiver);
  message.group = std::move(group);
  message.type = type;
  message.body = std::move(body);
  message.created_at = message.next_attempt_at = work.now;
  message.number = number;
  work.turn.batch.outbox.push_back(message);
  outbox_changed_ = true;
  std::string id = message.id;
  on_dropped(work, outbox_.add(std::move(message), last_ticket_ + 1, removable));
  return id;
}

void AlertCenter::on_dropped(Work& work, const std::vector<Dropped>& dropped) {
  for (const Dropped& each : dropped) {
    work.turn.batch.notes.push_back(dropped_note(work.now, each));
    work.turn.batch.outbox_done.emplace_back(each.message.id, each.message.receiver);
    work.turn.warnings.push_back("message " + each.message.id + " (" + each.message.type + ") to " +
                                 each.message.receiver + " is dropped: " + each.reason);
    ++counters_[each.message.receiver].dropped;
    outbox_changed_ = true;
    if (!each.possibly_delivered) give_up(work, each.message);
  }
}

void AlertCenter::give_up(const Work& work, const model::OutboxMessage& message) {
  Openings openings = openings_of(message.body);
  grouping_.dropped(
      work.now, book_,
      {message.receiver, message.group, message.created_at, std::move(openings.ids), openings.all});
}

namespace {

std::string attempt_line(const Outbox::Finished& finished) {
  const model::OutboxMessage& message = finished.message;
  const std::string line = "receiver " + message.receiver + ": " + finished.outcome.reason;
  if (finished.given_up) return line + "; the message is dropped";
  return line + "; next attempt at " +
         base::format_rfc3339(std::chrono::ceil<base::seconds>(message.next_attempt_at));
}

}  // namespace

void AlertCenter::on_attempt(Work& work, const Attempt& attempt) {
  const auto finished =
      outbox_.finished(work.now, attempt.receiver, attempt.id, attempt.result, random_);
  if (!finished) return;
  const model::OutboxMessage& message = finished->message;
  Counters& counters = counters_[message.receiver];
  outbox_changed_ = true;
  note_test(*finished, attempt.result);
  if (finished->outcome.what == Disposition::kUnsent) {
    work.turn.log.push_back(attempt_line(*finished));
    return;
  }
  work.turn.batch.notes.push_back(delivery_note(work.now, *finished, attempt.result));
  if (finished->gone) {
    work.turn.batch.outbox_done.emplace_back(message.id, message.receiver);
  } else {
    work.turn.batch.outbox.push_back(message);
    work.turn.batch.outbox.back().number.reset();  // its event was in an earlier batch
  }
  if (finished->outcome.what == Disposition::kDelivered) {
    ++counters.delivered;
    if (!attempt.result.partly.empty()) {
      work.turn.warnings.push_back("receiver " + message.receiver + ": it took the message, but " +
                                   base::printable(attempt.result.partly, 400));
    }
  } else {
    if (finished->outcome.what != Disposition::kAgain) {
      ++counters.failed;
      ++counters.reasons.at(static_cast<std::size_t>(reason_of(attempt.result)));
    }
    (finished->given_up ? work.turn.warnings : work.turn.log).push_back(attempt_line(*finished));
  }
  if (finished->given_up) {
    ++counters.dropped;
    if (!finished->possibly_delivered) give_up(work, message);
  }
  grouping_.touch_group(work.now, message.group);
}

void AlertCenter::judge_receivers(Work& work) {
  const bool due = receivers_due_ && *receivers_due_ <= work.now;
  if (!outbox_changed_ && !due) return;
  outbox_changed_ = false;
  receivers_due_.reset();
  std::vector<CheckResult> results;
  for (const ReceiverHealth& health : receivers()) {
    results.push_back(judge_receiver(work.now, config_.instance, health));
    results.push_back(judge_outbox(work.now, config_.instance, health, limits_));
    if (!health.failing_since) continue;
    const Instant patience_ends = *health.failing_since + kReceiverPatience;
    if (patience_ends > work.now) earlier(receivers_due_, patience_ends);
  }
  move_as_configured(work, results);
}

void AlertCenter::refresh_ignored(const Work& work) {
  ignore_due_ = next_expiry(config_.ignore, work.now);
  for (const model::Alert* alert : book_.all()) {
    const bool ignored = ignored_by(alert->finding, config_.ignore, work.now) != nullptr;
    if (ignored == alert->finding.ignored) continue;
    book_.set_ignored(alert->finding.id, ignored);
    grouping_.touch(work.now, alert->finding, *config_.servers);
  }
}

void AlertCenter::give_notices(Work& work) {
  const auto muted = [this, &work](const model::Finding& finding) {
    return !muted_by(finding, work.now).empty();
  };
  for (const Notice& notice : grouping_.flush(work.now, book_, config_, outbox_, muted)) {
    const bool holds_resolve =
        std::any_of(notice.entries.begin(), notice.entries.end(),
                    [](const NoticeEntry& entry) { return entry.state == EntryState::kResolved; });
    enqueue(work, notice.receiver, notice.group.text(), to_text(notice.kind),
            render_notice(work.now, config_.instance, notice, config_.runbooks), !holds_resolve);
  }
  for (auto& withdrawn : outbox_.take_withdrawn()) {
    work.turn.batch.outbox_done.push_back(std::move(withdrawn));
  }
}

void AlertCenter::send_due(Instant now) {
  for (const model::OutboxMessage& message : outbox_.start_due(now)) {
    const ReceiverConfig* to = receiver(message.receiver);
    IDPWATCH_ASSERT(to != nullptr);
    delivery_.send(now, *to, message);
  }
}

Turn AlertCenter::finish(Work work) {
  for (const Attempt& attempt : delivery_.take_finished()) on_attempt(work, attempt);
  on_transitions(work, book_.tick(work.now));
  if (ignore_due_ && *ignore_due_ <= work.now) refresh_ignored(work);
  if (muting_due_ && *muting_due_ <= work.now) {
    muting_due_ = next_bound(config_.maintenance, work.now);
    earlier(muting_due_, next_bound(silences_, work.now));
    grouping_.touch_all(work.now, book_, *config_.servers);
  }
  muting_at_ = work.now;
  beat(work);
  tell_alertmanagers(work);
  on_dropped(work, outbox_.expire(work.now));
  judge_receivers(work);
  give_notices(work);
  BookChanges changes = book_.take_changes();
  work.turn.batch.alerts = std::move(changes.changed);
  work.turn.batch.alerts_removed = std::move(changes.removed);
  if (!work.turn.batch.empty()) ++last_ticket_;
  work.turn.ticket = last_ticket_;
  send_due(work.now);
  return std::move(work.turn);
}

}  // namespace idpwatch::alerts
