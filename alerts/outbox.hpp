// The messages that wait, and which of them goes next (docs/alerts.md). Pure: `now` is an
// argument; nothing is sent here.
//
// Order is kept per (receiver, group); one message in flight per receiver; a message whose row is
// not committed is never given out. What waits is due at once at start and after a receiver's first
// success. After five failures in a row the receiver's oldest message alone is tried, by its
// schedule, until one gets through. Tests come after all else, and one at a time: a newer one
// replaces one that still waits. Bounds per receiver: rows, bytes, age; every drop is reported.
#pragma once

#include "alerts/grouping.hpp"
#include "alerts/retry.hpp"
#include "base/random.hpp"
#include "model/alert.hpp"

#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::alerts {

struct OutboxLimits {
  std::size_t rows = 10'000;
  std::size_t bytes = std::size_t{32} * 1024 * 1024;
  base::Duration age = std::chrono::days(7);
};

struct Dropped {
  model::OutboxMessage message;
  std::string reason;
  bool possibly_delivered =
      false;  // an attempt may have reached the receiver: a resolve is still owed
};

// To a paced receiver so many messages go at once; further ones each second.
inline constexpr int kBurst = 10;
inline constexpr base::Duration kPace = base::seconds(1);

// A commit that must be acknowledged before what it stores may leave the house.
using Ticket = std::uint64_t;

// How a receiver does, for status, metrics and self-receiver.
struct ReceiverHealth {
  std::string name;
  std::size_t waiting = 0;
  std::size_t bytes = 0;
  std::optional<base::Instant> oldest;         // created_at of the oldest waiting message
  std::optional<base::Instant> failing_since;  // first of the failures in a row
  int failures = 0;                            // in a row
  bool urgent = false;                         // people must act: 401, 403, 404, 410, 3xx, 4xx
  bool disabled = false;                       // 410
  bool drops = false;                          // its last answer ended that message: 3xx, 4xx
  bool succeeded = false;                      // since start
  std::string last_error;
};

class Outbox final : public MessagesUnderWay {
 public:
  explicit Outbox(OutboxLimits limits = {}) : limits_(limits) {}

  // A reload: new receivers appear, disabled ones are enabled; messages of others are dropped.
  // `paced`: those of them whose bursts are spread.
  std::vector<Dropped> set_receivers(std::span<const std::string> names,
                                     std::span<const std::string> paced = {});
  // Already stored; whether somebody saw them is not known. Due at once.
  void restore(base::Instant now, std::vector<model::OutboxMessage> messages);

  // `held_until`: the ticket of the commit that stores it. `removable`: nothing is lost by taking
  // it back unseen (it holds no resolve).
  std::vector<Dropped> add(model::OutboxMessage message, Ticket held_until, bool removable);
  void acknowledged(Ticket ticket);
  // Writes it into the body, unless the message is gone or was tried already: then each attempt
  // says the same.
  void number(const model::MessageNumber& number);
  std::vector<Dropped> expire(base::Instant now);
  // The local clock was set by so much.
  void clock_set(base::Duration step);

  // Receivers that can be sent to now, each with its message; marks them as in flight.
  std::vector<model::OutboxMessage> start_due(base::Instant now);
  [[nodiscard]] std::optional<base::Instant> due() const;

  struct Finished {
    AttemptOutcome outcome;
    model::OutboxMessage message;  // as it is now: attempts, next_attempt_at, last_error
    bool gone = false;             // delivered or given up: no row any more
    bool given_up = false;
    bool possibly_delivered = false;  // given up, but an attempt may have reached the receiver
  };
  // nullopt when that message is not in flight (its receiver was removed).
  std::optional<Finished> finished(base::Instant now, std::string_view receiver,
                                   std::string_view id, const AttemptResult& result,
                                   base::Random& random);

  [[nodiscard]] State state(std::string_view receiver, std::string_view group) const override;
  void withdraw(std::string_view receiver, std::string_view group) override;
  // (id, receiver) of those taken back since the last asking.
  std::vector<std::pair<std::string, std::string>> take_withdrawn();

  [[nodiscard]] std::vector<model::OutboxMessage> messages() const;  // of each receiver in order
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] std::vector<ReceiverHealth> health() const;
  [[nodiscard]] bool idle() const;  // nothing in flight

 private:
  struct Item {
    model::OutboxMessage message;
    Ticket held_until = 0;
    bool removable = false;
    bool restored = false;            // attempts before the restart are not remembered
    bool possibly_delivered = false;  // by an attempt whose answer did not come
    bool in_flight = false;
  };
  using Items = std::list<Item>;
  struct Receiver {
    Items items;  // oldest first
    std::size_t bytes = 0;
    bool in_flight = false;
    std::optional<base::Instant> paused_until;
    bool paced = false;
    std::optional<base::Instant> paced_to;  // what was sent fills the time until then, at kPace
    // Looked for at most once after a change: the loop asks at every turn.
    mutable bool stale = true;
    mutable std::optional<base::Instant> due;
    ReceiverHealth health;
  };

  [[nodiscard]] Items::const_iterator next(const Receiver& receiver, base::Instant now) const;
  void withdraw_tests(Receiver& receiver);
  static void settle(base::Instant now, Receiver& receiver, Items::iterator item,
                     Finished& finished, base::Random& random);
  static void succeeded(base::Instant now, Receiver& receiver);
  static Items::iterator least_needed(Receiver& receiver);
  static void erase(Receiver& receiver, Items::iterator item);
  [[nodiscard]] std::optional<base::Instant> due_of(const Receiver& receiver) const;
  [[nodiscard]] std::optional<base::Instant> find_due(const Receiver& receiver) const;

  OutboxLimits limits_;
  Ticket acknowledged_ = 0;
  std::map<std::string, Receiver, std::less<>> receivers_;
  std::vector<std::pair<std::string, std::string>> withdrawn_;
};

}  // namespace idpwatch::alerts
