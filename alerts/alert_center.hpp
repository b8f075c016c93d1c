// All of alerting behind one door, for the loop: results and events go in, what is to be stored
// comes out, and messages leave once that is acknowledged.
//
//   Turn turn = center.apply(now, results, events);   // or tick, retire, reconfigure, ...
//   store(turn.batch), and when that is committed: center.acknowledged(turn.ticket)
//   call tick(now) when next_due() is reached, after acknowledged(), and after `wake`
//
// Tickets grow; an acknowledgement covers all earlier ones. A turn without anything to store has an
// empty batch and needs none. Loop thread only.
#pragma once

#include "alerts/alert_book.hpp"
#include "alerts/alert_config.hpp"
#include "alerts/alertmanager_feed.hpp"
#include "alerts/delivery.hpp"
#include "alerts/grouping.hpp"
#include "alerts/outbox.hpp"
#include "alerts/silence.hpp"
#include "alerts/test_message.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "model/batch.hpp"
#include "model/event.hpp"
#include "net/http_transport.hpp"

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::alerts {

// A finding that began to fire, changed or ended in a turn.
struct Moved {
  Change change = Change::kFiring;
  model::Finding finding;
};

struct Turn {
  std::vector<Moved> moved;
  model::Batch batch;
  Ticket ticket = 0;
  // One line each, for the operator; harmless, without secrets. Warnings: what will never arrive.
  std::vector<std::string> log, warnings;
};

class AlertCenter {
 public:
  AlertCenter(AlertsConfig config, base::Random& random, net::HttpTransport& transport,
              std::function<void()> wake = {}, OutboxLimits limits = {});

  // How many transitions of each finding stand in the audit chain today. Before restore().
  void restore_noted(base::Instant now, std::map<std::string, int> noted);
  // As the audit chain tells them. Before restore().
  void restore_silences(std::vector<Silence> silences) { silences_ = std::move(silences); }
  // Of an earlier run: before the first turn, or when it can be read only later; then beside what
  // there is meanwhile. What is `gone` since is closed before anything is sent.
  Turn restore(base::Instant now, std::vector<model::Alert> alerts,
               std::vector<model::OutboxMessage> outbox, const AlertBook::Predicate& gone = {});

  Turn apply(base::Instant now, std::span<const model::CheckResult> results,
             std::span<const model::Event> events = {});
  Turn tick(base::Instant now);
  // `numbered`: what the store wrote into the bodies of events' messages.
  void acknowledged(Ticket ticket, std::span<const model::MessageNumber> numbered = {});
  // The local clock was set by so much; the next turn goes on by the new one.
  void clock_set(base::Instant now, base::Duration step);
  // The next instant at which tick() has something to do; in the past when it has now.
  [[nodiscard]] std::optional<base::Instant> next_due() const;

  // A reload. Findings whose authority or deployment is gone are retired by the caller.
  Turn reconfigure(base::Instant now, AlertsConfig config);
  Turn retire(base::Instant now, const AlertBook::Predicate& gone,
              std::string_view reason = kConfigRemoved);
  // A marked message through the real path; empty: to all receivers. kNotFound: no such receiver.
  base::Result<Turn> test(base::Instant now, std::string_view receiver);

  // Without an id yet. kBusy: there are too many already.
  base::Result<Turn> silence(base::Instant now, Silence silence);
  // Ends it now. kNotFound: none of that id goes on.
  base::Result<Turn> unsilence(base::Instant now, std::string_view id);
  // Those that go on, are to come, or were over lately.
  [[nodiscard]] const std::vector<Silence>& silences() const { return silences_; }

  // The newest test message to each receiver, since the start.
  [[nodiscard]] const std::map<std::string, TestMessage>& tests() const { return tests_; }

  // Pending, firing, and resolved but not yet told; by id.
  [[nodiscard]] std::vector<model::Alert> open_alerts() const;
  [[nodiscard]] std::size_t firing() const;
  // All alerts and messages, for a store that has begun anew.
  [[nodiscard]] model::Batch state() const;
  [[nodiscard]] std::uint64_t revision() const { return book_.revision(); }
  [[nodiscard]] std::size_t queued() const { return outbox_.size(); }
  [[nodiscard]] std::vector<ReceiverHealth> receivers() const;
  // Nothing is in flight: at SIGTERM, with tick() going on, that or five seconds (R24).
  [[nodiscard]] bool idle() const { return outbox_.idle(); }
  // Since start, for metrics: by receiver.
  struct Counters {
    std::uint64_t delivered = 0, failed = 0, dropped = 0;
    std::array<std::uint64_t, kFailureReasons> reasons{};  // of those failed
  };
  [[nodiscard]] const std::map<std::string, Counters>& counters() const { return counters_; }

 private:
  struct Work {  // one turn being made
    base::Instant now;
    Turn turn;
  };
  void move(Work& work, std::span<const model::CheckResult> results);
  void move_as_configured(Work& work, std::span<const model::CheckResult> results);
  void on_transitions(Work& work, const std::vector<Transition>& transitions);
  void note_transition(Work& work, const Transition& transition, const model::Alert* alert);
  void on_event(Work& work, model::Event event);
  void on_attempt(Work& work, const Attempt& attempt);
  void on_dropped(Work& work, const std::vector<Dropped>& dropped);
  void give_up(const Work& work, const model::OutboxMessage& message);
  // Gives the message's id.
  std::string enqueue(Work& work, std::string receiver, std::string group, std::string_view type,
                      std::string body, bool removable,
                      std::optional<model::NumberPlace> number = {});
  void note_test(const Outbox::Finished& finished, const AttemptResult& result);
  void judge_receivers(Work& work);
  void refresh_ignored(const Work& work);
  void tell_alertmanagers(Work& work);
  void beat(Work& work);
  [[nodiscard]] std::string muted_by(const model::Finding& finding, base::Instant now) const;
  void give_notices(Work& work);
  void send_due(base::Instant now);
  void set_receivers(Work& work);
  Turn finish(Work work);
  [[nodiscard]] const ReceiverConfig* receiver(std::string_view name) const;

  AlertsConfig config_;
  base::Random& random_;
  OutboxLimits limits_;
  AlertBook book_;
  Grouping grouping_;
  Outbox outbox_;
  std::vector<Silence> silences_;
  Delivery delivery_;
  AlertmanagerFeed feed_;
  Ticket last_ticket_ = 0;
  bool outbox_changed_ = false;
  std::optional<base::Instant> ignore_due_, muting_due_, receivers_due_, heartbeat_due_;
  base::Instant muting_at_{};  // as of when open_alerts() tells who is muted
  std::map<std::string, Counters> counters_;
  std::map<std::string, TestMessage> tests_;
  std::map<std::string, int> noted_;  // transitions in the audit chain on noted_day_, by finding
  std::chrono::sys_days noted_day_;
};

}  // namespace idpwatch::alerts
