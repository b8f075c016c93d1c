// What AlertCenter does beside judging and telling: silences and maintenance, what Alertmanagers
// are sent, the heartbeat, and test messages.
#include "alerts/alert_center.hpp"
#include "alerts/message_id.hpp"
#include "alerts/muting.hpp"
#include "alerts/receivers/kinds.hpp"
#include "alerts/webhook_payload.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <utility>

namespace idpwatch::alerts {

using base::Instant;

base::Result<Turn> AlertCenter::silence(Instant now, Silence silence) {
  const auto going_on =
      std::ranges::count_if(silences_, [now](const Silence& each) { return each.until > now; });
  if (static_cast<std::size_t>(going_on) >= kSilencesMax) {
    return base::fail(base::ErrorKind::kBusy,
                      "there are " + std::to_string(kSilencesMax) + " silences already",
                      "end some of them: idpwatch alerts unsilence ID");
  }
  forget_old(silences_, now);
  Work work{now, {}};
  silence.id = make_message_id(now, random_);
  work.turn.batch.notes.push_back(silence_note(now, silence));
  work.turn.log.push_back("silence " + silence.id + " by " + silence.author + " until " +
                          base::format_rfc3339(silence.until) + ": " + silence.comment);
  silences_.push_back(std::move(silence));
  muting_due_ = now;
  return finish(std::move(work));
}

base::Result<Turn> AlertCenter::unsilence(Instant now, std::string_view id) {
  const auto found = std::ranges::find_if(
      silences_, [&](const Silence& each) { return each.id == id && each.until > now; });
  if (found == silences_.end()) {
    return base::fail(base::ErrorKind::kNotFound,
                      "no silence \"" + base::printable(id, 80) + "\" goes on",
                      "idpwatch alerts silences lists them");
  }
  Work work{now, {}};
  found->until = now;
  found->from = std::min(found->from, now);
  work.turn.batch.notes.push_back(silence_note(now, *found));
  work.turn.log.push_back("silence " + found->id + " is ended");
  muting_due_ = now;
  return finish(std::move(work));
}

// What Alertmanagers answer to what holds counts, not what became of a test message.
std::vector<ReceiverHealth> AlertCenter::receivers() const {
  std::vector<ReceiverHealth> all = outbox_.health();
  for (ReceiverHealth& told : feed_.health()) {
    const auto found = std::ranges::find(all, told.name, &ReceiverHealth::name);
    if (found == all.end()) continue;
    told.waiting = found->waiting;
    told.bytes = found->bytes;
    told.oldest = found->oldest;
    *found = std::move(told);
  }
  return all;
}

std::string AlertCenter::muted_by(const model::Finding& finding, Instant now) const {
  if (const Silence* silence = silenced(finding, silences_, now)) return silence->id;
  const MaintenanceWindow* window = in_maintenance(finding, config_.maintenance, now);
  return window != nullptr ? describe(*window) : std::string();
}

// Every attempt of these is one of many: counted, in the log when that changes, not in the chain.
void AlertCenter::tell_alertmanagers(Work& work) {
  feed_.turn(work.now, book_, config_, [this, &work](const model::Finding& finding) {
    return !muted_by(finding, work.now).empty();
  });
  for (const AlertmanagerFeed::Told& told : feed_.take_attempts()) {
    Counters& counters = counters_[told.receiver];
    const AttemptOutcome outcome = judge(told.result);
    const bool delivered = outcome.what == Disposition::kDelivered;
    outbox_changed_ = true;
    if (delivered) {
      ++counters.delivered;
    } else {
      ++counters.failed;
      ++counters.reasons.at(static_cast<std::size_t>(reason_of(told.result)));
    }
    if (!told.news) continue;
    work.turn.log.push_back(
        "receiver " + told.receiver + ": " + outcome.reason +
        (delivered ? ": it takes what holds again" : "; what holds is sent again and again"));
  }
}

// One that still waits says it as well.
void AlertCenter::beat(Work& work) {
  const Heartbeat& heartbeat = config_.heartbeat;
  if (heartbeat.every.count() == 0) return;
  const bool due = heartbeat_due_ && *heartbeat_due_ <= work.now;
  if (!heartbeat_due_ || due) heartbeat_due_ = work.now + heartbeat.every;
  if (!due) return;
  for (const std::string& name : heartbeat.receivers) {
    const ReceiverConfig* to = receiver(name);
    if (to == nullptr || takes_state(*to)) continue;
    if (outbox_.state(name, "heartbeat") != MessagesUnderWay::State::kNone) continue;
    enqueue(work, name, "heartbeat", "heartbeat",
            render_heartbeat(work.now, config_.instance, firing()), false);
  }
}

base::Result<Turn> AlertCenter::test(Instant now, std::string_view name) {
  if (!name.empty() && receiver(name) == nullptr) {
    return base::fail(base::ErrorKind::kNotFound,
                      "there is no receiver named '" + base::printable(name) + "'",
                      "idpwatch config show lists the receivers");
  }
  Work work{now, {}};
  for (const ReceiverConfig& to : config_.receivers) {
    if (!name.empty() && to.name != name) continue;
    TestMessage test;
    test.receiver = to.name;
    test.made_at = now;
    test.id =
        enqueue(work, to.name, "test", "test", render_test(now, config_.instance, to.name), false);
    tests_[to.name] = std::move(test);
  }
  return finish(std::move(work));
}

void AlertCenter::note_test(const Outbox::Finished& finished, const AttemptResult& result) {
  const auto found = tests_.find(finished.message.receiver);
  if (found == tests_.end() || found->second.id != finished.message.id) return;
  using State = TestMessage::State;
  TestMessage& test = found->second;
  if (finished.outcome.what == Disposition::kUnsent) {
    test.reason = finished.outcome.reason;
    test.next_attempt_at = finished.message.next_attempt_at;
    return;
  }
  test.attempts += 1;
  test.status = result.status;
  const bool delivered = finished.outcome.what == Disposition::kDelivered;
  test.reason = delivered ? std::string() : finished.outcome.reason;
  test.state =
      delivered ? State::kDelivered
      : finished.outcome.what == Disposition::kRetry || finished.outcome.what == Disposition::kAgain
          ? State::kRetrying
          : State::kRefused;
  test.next_attempt_at.reset();
  if (!finished.gone) test.next_attempt_at = finished.message.next_attempt_at;
}

}  // namespace idpwatch::alerts
