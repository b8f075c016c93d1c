// The admin listener: HTTP on loopback, a unix socket, or wherever the configuration says. Answers
// from the latest Snapshot and, for keys and history, from a read-only connection that it opens
// itself.
//
// Three threads: one holds the connections and answers health and refusals at once; one answers
// from the snapshot, one from the store and the loop. So neither a slow question nor a slow client
// delays a health check. Bounded, before anything is kept: connections (also of one client), time
// for a whole request and a whole answer, the request's line, headers, parameters and body,
// questions that wait, and test messages. Who may ask for what: admin/access.hpp.
//
// publish(), beat() and the destructor are called from the loop's thread; all else happens on its
// own.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "config/config.hpp"
#include "watch/snapshot.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace idpwatch::daemon {

struct AdminOptions {
  config::Listen listen;
  std::string token;                   // of the configuration; empty: reads need none
  std::string write_token;             // without that one, what writes need (admin/admin_token.hpp)
  std::string database_path;           // for keys and history; empty: those answer 503
  const base::Clock* clock = nullptr;  // outlives the listener
  // Before a snapshot is shown: has the loop publish what is new, and waits for that a short time.
  // From the listener's threads. Unset: the loop publishes unasked.
  std::function<void()> refresh;
  // Posts a test message for the named receiver (empty: all) to the loop, from the listener's
  // thread: what was put into the outbox. An error when there is no such receiver. Unset: 501.
  std::function<base::Result<std::vector<alerts::TestMessage>>(const std::string& receiver)>
      test_receiver;
  // Sets a silence, and ends one: as it stands then. As above; unset: 501.
  std::function<base::Result<alerts::Silence>(alerts::Silence)> silence;
  std::function<base::Result<alerts::Silence>(const std::string& id)> unsilence;
};

// What readiness is judged by.
struct Vitals {
  bool storage_ok = true;
};

class AdminListener {
 public:
  // kBusy: the address is in use; kConfig: it cannot be listened on. Kind kOff is not to be passed.
  static base::Result<std::unique_ptr<AdminListener>> start(AdminOptions options);
  ~AdminListener();  // stops, waits for answers under way
  AdminListener(const AdminListener&) = delete;
  AdminListener& operator=(const AdminListener&) = delete;

  void publish(watch::SnapshotPtr snapshot);
  // The loop goes round: to be called at least every few seconds, also when nothing changed.
  // Once it was called the daemon is ready, and 30 s without it make /livez answer 503.
  void beat(Vitals vitals = {});
  // The bound port (of port 0, in tests); 0 for a unix socket.
  [[nodiscard]] std::uint16_t port() const;

 private:
  struct Impl;
  explicit AdminListener(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace idpwatch::daemon
