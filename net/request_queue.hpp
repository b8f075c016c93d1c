// Which request begins next, so that nobody waits for a host that hangs, or for a neighbour on it.
// Pure: the boot time is an argument.
//
// * One owner (an authority, a receiver) has at most two requests under way at one host.
// * A host is met with two quick requests at once. Only where somebody has waited for `patience`
//   does one more begin, up to `per_host_most`: a host with very many tenants needs more.
// * A request that takes longer than `slow_after` is a slow one. Slow ones have places of their
// own,
//   at their host and in all, and leave the quick ones theirs. The next request of that owner to
//   that host is taken for a slow one from its start, until one is answered quickly.
// * Messages to people go first, and have a few places that no look takes.
#pragma once

#include "base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace idpwatch::net {

struct QueueLimits {
  std::size_t per_owner = 2;  // at one host
  std::size_t per_host = 2, per_host_most = 64, per_host_slow = 64;
  std::size_t quick = 256, slow = 1024;  // in all
  std::size_t for_messages = 8;          // beside those
  base::Duration slow_after = base::seconds(2);
  base::Duration patience = base::milliseconds(500);
};

class RequestQueue {
 public:
  using Id = std::uint64_t;

  explicit RequestQueue(QueueLimits limits) : limits_(limits) {}

  void add(Id id, const std::string& host, const std::string& owner, bool message,
           base::Duration now);
  // The next that may begin now; it counts as under way from here on.
  std::optional<Id> next(base::Duration now);
  // It was under way and is answered, or failed; `timed_out`: by its own timeout, however short.
  void ended(Id id, bool timed_out, base::Duration now);
  // Given up, waiting or under way.
  void cancelled(Id id, base::Duration now);

  // When next() should be asked again although nothing ended; nullopt: no need.
  [[nodiscard]] std::optional<base::Duration> wake_at() const;
  [[nodiscard]] std::size_t running() const { return quick_ + slow_; }
  [[nodiscard]] std::size_t waiting() const { return entries_.size() - running(); }
  // Hosts with requests, or with owners that hung there.
  [[nodiscard]] std::size_t hosts() const { return hosts_.size(); }

  static constexpr std::size_t kMostMarks = 4096;

 private:
  // Lists hold no memory while they are empty, as most are: a deque has half a kilobyte from its
  // start.
  struct Owner {
    std::size_t held = 0;   // at the host: under way, or waiting for a place there
    std::list<Id> waiting;  // for a place among those of this owner
    bool slow = false;
  };
  struct Host {
    std::size_t quick = 0, slow = 0;  // with a place at the host
    std::list<Id> waiting_quick, waiting_slow;
    std::unordered_map<std::string, Owner> owners;
  };
  using HostNode = std::unordered_map<std::string, Host>::value_type;
  using OwnerNode = std::unordered_map<std::string, Owner>::value_type;
  enum class Stage { kForOwner, kForHost, kReady, kRunning };
  struct Entry {
    HostNode* host = nullptr;
    OwnerNode* owner = nullptr;
    base::Duration since{0};  // it waits for the host, or runs
    Stage stage = Stage::kForOwner;
    bool slow = false;  // has, or waits for, a place of the slow ones
    bool message = false;
  };

  void to_host(Id id, Entry& entry, base::Duration now);
  void admit(Host& host, base::Duration now);
  void to_ready(Id id, Entry& entry);
  std::deque<Id>& ready_for(const Entry& entry);
  Id begin(std::deque<Id>& ready, base::Duration now);
  void time_passed(base::Duration now);
  void mark(const Entry& entry);
  void remove(Id id, base::Duration now);
  void drop_if_idle(HostNode& host, OwnerNode* owner);

  QueueLimits limits_;
  std::size_t quick_ = 0, slow_ = 0;  // under way
  std::unordered_map<Id, Entry> entries_;
  std::unordered_map<std::string, Host> hosts_;  // nodes stay where they are
  std::deque<Id> ready_messages_, ready_quick_, ready_slow_;
  // In the order of their instants, since each waits as long as the others; those that ended
  // earlier stay until then.
  std::deque<std::pair<base::Duration, Id>> ageing_, impatient_;
  std::deque<std::pair<std::string, std::string>> marks_;  // host and owner, oldest first
};

}  // namespace idpwatch::net
