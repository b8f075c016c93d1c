// systemd's readiness protocol: one datagram of NAME=value lines to the socket that the environment
// names. Without it (no systemd) every call does nothing; a failed send is never fatal.
//
// The address begins with "/" (a path) or "@" (abstract); other forms are ignored, as newer
// managers may hand vsock addresses to virtual machines. One thread at a time.
#pragma once

#include "base/time.hpp"

#include <string>
#include <string_view>

namespace idpwatch::daemon {

class NotifySocket {
 public:
  // The value of $NOTIFY_SOCKET; empty: not under systemd.
  explicit NotifySocket(std::string address);
  ~NotifySocket();
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;

  void ready(std::string_view status);
  // `monotonic` is CLOCK_MONOTONIC: Type=notify-reload ignores the message without it.
  void reloading(base::Duration monotonic);
  void status(std::string_view status);
  void stopping();
  void watchdog();

 private:
  void send(const std::string& message);

  std::string address_;
  int fd_ = -1;
};

}  // namespace idpwatch::daemon
