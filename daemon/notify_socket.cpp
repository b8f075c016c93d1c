#include "daemon/notify_socket.hpp"

#include "base/text.hpp"

#include <cstddef>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace idpwatch::daemon {

namespace {

// One line, short: a manager refuses messages over a page.
std::string status_line(std::string_view status) {
  return "STATUS=" + base::printable(status, 200);
}

}  // namespace

NotifySocket::NotifySocket(std::string address) : address_(std::move(address)) {
  const bool known = address_.starts_with('/') || address_.starts_with('@');
  if (!known || address_.size() >= sizeof(sockaddr_un::sun_path)) return;
  fd_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

NotifySocket::~NotifySocket() {
  if (fd_ >= 0) ::close(fd_);
}

void NotifySocket::ready(std::string_view text) { send("READY=1\n" + status_line(text)); }

void NotifySocket::reloading(base::Duration monotonic) {
  send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(monotonic.count()));
}

void NotifySocket::status(std::string_view text) { send(status_line(text)); }

void NotifySocket::stopping() { send("STOPPING=1"); }

void NotifySocket::watchdog() { send("WATCHDOG=1"); }

void NotifySocket::send(const std::string& message) {
  if (fd_ < 0) return;
  sockaddr_un target{};
  target.sun_family = AF_UNIX;
  std::memcpy(target.sun_path, address_.data(), address_.size());
  if (address_.front() == '@') target.sun_path[0] = '\0';
  // The exact length matters for abstract addresses: trailing zero bytes would be part of them.
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
  // A manager that went away must not stop the daemon.
  [[maybe_unused]] const ssize_t sent =
      ::sendto(fd_, message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
               reinterpret_cast<const sockaddr*>(&target), length);
}

}  // namespace idpwatch::daemon
