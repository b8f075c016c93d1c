#include "daemon/supervisor.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"

#include <charconv>
#include <cstdint>
#include <unistd.h>
#include <utility>

namespace idpwatch::daemon {

namespace {

constexpr base::Duration kStatusEvery = base::seconds(10);

// systemd wants a sign of life within $WATCHDOG_USEC; twice as often is the custom. Zero: it does
// not ask, or asks another process.
base::Duration watchdog_interval(const base::Environment& environment) {
  const std::string usec = environment.get("WATCHDOG_USEC").value_or("");
  const std::string pid = environment.get("WATCHDOG_PID").value_or("");
  if (usec.empty() || (!pid.empty() && pid != std::to_string(::getpid()))) {
    return base::Duration(0);
  }
  std::int64_t micros = 0;
  std::from_chars(usec.data(), usec.data() + usec.size(), micros);
  return base::Duration(micros) / 2;
}

}  // namespace

Supervisor::Supervisor(const base::Environment& environment)
    : notify_(environment.get("NOTIFY_SOCKET").value_or("")),
      watchdog_every_(watchdog_interval(environment)) {}

void Supervisor::reloading() { notify_.reloading(base::monotonic_now()); }

void Supervisor::stopping() {
  stopping_ = true;
  notify_.stopping();
}

void Supervisor::beat(base::Duration boottime, const std::function<bool()>& progresses,
                      const std::function<std::string()>& status) {
  feed_watchdog(boottime, progresses);
  if (stopping_ || boottime < status_at_) return;
  status_at_ = boottime + kStatusEvery;
  std::string line = status();
  if (line == status_told_) return;
  notify_.status(line);
  status_told_ = std::move(line);
}

void Supervisor::feed_watchdog(base::Duration boottime, const std::function<bool()>& progresses) {
  if (watchdog_every_ <= base::Duration(0) || boottime < watchdog_at_) return;
  if (progresses()) {
    notify_.watchdog();
    watchdog_at_ = boottime + watchdog_every_;
    hungry_ = false;
  } else if (!std::exchange(hungry_, true)) {
    base::log::error("daemon", "looks are planned and not made: no sign of life to systemd", {});
  }
}

}  // namespace idpwatch::daemon
