// What the service manager (systemd) is told of the daemon: ready, reloading, ending, one line of
// status, and the sign of life that WatchdogSec= asks for. Without one every call does nothing.
// One thread, the loop's: a loop that hangs gives no sign of life.
#pragma once

#include "base/environment.hpp"
#include "base/time.hpp"
#include "daemon/notify_socket.hpp"

#include <functional>
#include <string>

namespace idpwatch::daemon {

class Supervisor {
 public:
  explicit Supervisor(const base::Environment& environment);

  // Also ends a reload, done or refused: systemd would wait for ever.
  void ready(const std::string& status) { notify_.ready(status); }
  void reloading();
  void stopping();
  // Why it does not run: the last thing that is said.
  void failed(const std::string& why) { notify_.status(why); }
  // Now and then. `progresses`: what we live by is being done; `status`: the line to show.
  void beat(base::Duration boottime, const std::function<bool()>& progresses,
            const std::function<std::string()>& status);

 private:
  void feed_watchdog(base::Duration boottime, const std::function<bool()>& progresses);

  NotifySocket notify_;
  base::Duration watchdog_every_;
  base::Duration watchdog_at_{0}, status_at_{0};
  std::string status_told_;
  bool hungry_ = false, stopping_ = false;
};

}  // namespace idpwatch::daemon
