// When which receiver is told what about a group: after `group_wait` for the first time, then at
// most once per `group_interval`; reminders of critical findings; and a resolve for exactly those
// that got the opening. Two things do not wait for `group_interval`: what is worse than all that
// the receiver knows of the group, and, once per interval, that all of it is over. A finding that
// fails again before its resolve was told is not called resolved.
//
// What each receiver was told stands in the alerts' `notified` lists, so that a restart goes on
// where it was. As long as a message of a group is on its way to a receiver, the next one is not
// made: when it comes, it says the newest state. A message that nobody can have seen yet is taken
// back and made anew; an opening taken back so with its finding resolved is never told.
//
// Pure: `now` is an argument; what is under way is asked through MessagesUnderWay.
#pragma once

#include "alerts/alert_book.hpp"
#include "alerts/alert_config.hpp"
#include "alerts/group.hpp"
#include "alerts/receiver_group_view.hpp"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace idpwatch::alerts {

class MessagesUnderWay {
 public:
  enum class State { kNone, kUnseen, kUnderWay };  // kUnseen: can be taken back
  virtual ~MessagesUnderWay() = default;
  [[nodiscard]] virtual State state(std::string_view receiver, std::string_view group) const = 0;
  // Of a message in state kUnseen.
  virtual void withdraw(std::string_view receiver, std::string_view group) = 0;
};

class Grouping {
 public:
  // This finding's alert changed: look at its group at the next flush.
  void touch(base::Instant now, const model::Finding& finding, const AuthorityServers& servers);
  // What was under way has ended.
  void touch_group(base::Instant now, std::string_view group);
  // After restore or a new configuration: look at all groups.
  void touch_all(base::Instant now, const AlertBook& book, const AuthorityServers& servers);

  // The local clock was set by so much.
  void clock_set(base::Duration step);

  // The notices that are due; the book's `notified` lists already say that they were given.
  // Resolved alerts of which nobody is owed a notice any more are forgotten.
  // `muted`: of what fires, nobody is told of this for now.
  using Muted = std::function<bool(const model::Finding&)>;
  std::vector<Notice> flush(base::Instant now, AlertBook& book, const AlertsConfig& config,
                            MessagesUnderWay& messages, const Muted& muted = {});
  [[nodiscard]] std::optional<base::Instant> due() const;

  // The message that was made then could not be delivered: its openings are marked, so that no
  // resolve follows. `all`: it was the first of its group, all that it told were openings.
  struct Lost {
    std::string receiver, group;
    base::Instant made_at;
    std::vector<std::string> opened;
    bool all = false;
  };
  void dropped(base::Instant now, AlertBook& book, const Lost& lost);

 private:
  // What a receiver had been told before the message that is not seen yet.
  struct Before {
    std::string id;
    std::optional<model::Notified> entry;
  };
  struct ReceiverGroupState {
    std::optional<base::Instant> last;      // when the last notice was made, in this process
    std::optional<base::Instant> resolved;  // the last that said that all is over
    std::vector<Before> before;
  };
  struct Group {
    GroupKey key;
    std::set<std::string> ids;
    std::map<std::string, ReceiverGroupState, std::less<>> receiver_states;  // by receiver
    std::optional<base::Instant> due;
  };
  struct Turn;  // what one flush hands around
  using Due = std::optional<base::Instant>;

  void schedule(const std::string& name, Group& group, Due due);
  static std::vector<GroupMember> members_of(const Turn& turn, Group& group);
  static Due flush_group(const Turn& turn, const std::string& name, Group& group);
  static Due flush_receiver(const Turn& turn, const std::string& name, ReceiverGroupState& state,
                            const std::vector<GroupMember>& members, Notice start);
  static void withdraw(const Turn& turn, const std::string& name, std::string_view receiver,
                       ReceiverGroupState& state);
  static base::Instant due_of(const ReceiverGroupView& view, const ReceiverGroupState& state,
                              const AlertsConfig& config, base::Instant now);
  static void give(const Turn& turn, ReceiverGroupState& state, Notice notice);
  static Due remembered_until(const Turn& turn, const Group& group);
  static void forget_settled(const Turn& turn, Group& group);

  std::map<std::string, Group, std::less<>> groups_;
  std::set<std::pair<base::Instant, std::string>> schedule_;
};

}  // namespace idpwatch::alerts
