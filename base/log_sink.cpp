#include "base/log_sink.hpp"

#include <climits>

#include <algorithm>
#include <cerrno>
#include <poll.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>
#include <utility>

namespace idpwatch::base::log {

namespace {

bool takes_some(int fd) {
  pollfd asked{fd, POLLOUT, 0};
  return ::poll(&asked, 1, 0) == 1 && (asked.revents & POLLOUT) != 0;
}

// O_NONBLOCK would be set for all who share the file. Of a pipe that can be written to, PIPE_BUF
// bytes are free (poll(2) on Linux); of a socket one send may be told not to wait.
ssize_t write_some(int fd, std::string_view part) {
  const ssize_t sent = ::send(fd, part.data(), part.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent >= 0 || errno != ENOTSOCK) return sent;
  if (!takes_some(fd)) return -1;
  return ::write(fd, part.data(), std::min(part.size(), std::size_t{PIPE_BUF}));
}

}  // namespace

bool Sink::write(std::string_view line) const {
  bool begun = false;
  while (!line.empty()) {
    const ssize_t written = write_some(fd_, line);
    if (written <= 0) return begun;  // a line cut short is better than the same line twice
    begun = true;
    line.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

bool Sink::put(std::string_view line) {
  const base::MutexLock lock(mutex_);
  const bool put = write(line);
  if (!put) ++dropped_;
  return put;
}

void Sink::add_dropped(std::size_t lines) {
  const base::MutexLock lock(mutex_);
  dropped_ += lines;
}

std::size_t Sink::take_dropped() {
  const base::MutexLock lock(mutex_);
  return std::exchange(dropped_, 0);
}

}  // namespace idpwatch::base::log
