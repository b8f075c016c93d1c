// The loop's side of the admin listener: shows it what the watch knows when somebody asks, and does
// what it is asked for, in a turn of the loop.
//
// Loop thread only; the listener's threads come in through PostedCalls.
#pragma once

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "config/config.hpp"
#include "daemon/admin/admin_listener.hpp"
#include "daemon/posted_calls.hpp"
#include "net/event_loop.hpp"
#include "watch/watch.hpp"

#include <memory>
#include <string>
#include <vector>

namespace idpwatch::daemon {

class AdminDesk {
 public:
  // All must outlive it.
  AdminDesk(net::EventLoop& loop, const base::Clock& clock, watch::Watch& watch)
      : loop_(loop), clock_(clock), watch_(watch) {}

  // Listens, if the configuration says so. kBusy, kConfig: it cannot.
  base::Status start(const config::Config& config, const std::string& database,
                     base::Random& random);
  // The loop goes round.
  void beat();
  // Who waits is answered, and nobody is any more.
  void end();

 private:
  AdminOptions options(const config::Config& config, const std::string& database,
                       base::Random& random);
  base::Result<std::vector<alerts::TestMessage>> test_receiver(const std::string& receiver);
  base::Result<alerts::Silence> silence(alerts::Silence silence);
  base::Result<alerts::Silence> unsilence(const std::string& id);
  void refresh();
  void publish_if_changed();

  net::EventLoop& loop_;
  const base::Clock& clock_;
  watch::Watch& watch_;
  std::unique_ptr<PostedCalls> posted_;
  std::unique_ptr<AdminListener> listener_;
  base::Duration publish_at_{0};
};

}  // namespace idpwatch::daemon
