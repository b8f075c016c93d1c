// What the admin listener's connections may take of it: time for a request, time for an answer, and
// places. Bookkeeping alone: who is to be cut off; the listener does it. Pure.
//
// A client that sends a byte now and then (slowloris) keeps a connection busy for kRequestFor at
// most, and loses it at once when others want in: the oldest unfinished request of the client that
// holds the most of them goes first.
#pragma once

#include "base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace idpwatch::daemon {

// From the first moment (of the connection, or after the last answer) to the last byte of a
// request; from there to the last byte of the answer, without the work on it.
inline constexpr base::Duration kRequestFor = base::seconds(10);
inline constexpr base::Duration kAnswerFor = base::seconds(30);
inline constexpr std::size_t kConnectionsKept = 192;

class ConnectionTable {
 public:
  using Id = const void*;
  struct Cut {
    Id id = nullptr;
    bool unfinished = false;  // no whole request came yet: nothing was said to it
  };

  // `kept`: connections at once; a third of them may be unfinished requests of one client.
  explicit ConnectionTable(std::size_t kept = kConnectionsKept) : kept_(kept) {}

  // Gives the one to be cut off for it, if there is one.
  std::optional<Cut> opened(Id id, const std::string& client, base::Duration now);
  void closed(Id id);
  // The request is complete: no time runs until it is answered.
  void working(Id id);
  void answering(Id id, base::Duration now);
  void answered(Id id, base::Duration now);

  // Their time is over; each is given once.
  std::vector<Cut> overdue(base::Duration now);
  [[nodiscard]] std::size_t size() const { return connections_.size(); }

 private:
  enum class State { kRequest, kWork, kAnswer, kCut };
  struct Connection {
    std::string client;
    State state = State::kRequest;
    base::Duration since{0};
    std::uint64_t number = 0;  // of opening
  };

  void set(Id id, State state, base::Duration now);
  [[nodiscard]] std::optional<Id> victim(const std::string& newcomer) const;
  [[nodiscard]] std::optional<Id> oldest(State state, const std::string* client) const;

  const std::size_t kept_;
  std::map<Id, Connection> connections_;
  std::uint64_t next_ = 0;
};

}  // namespace idpwatch::daemon
