#include "net/shortage.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace idpwatch::net {

bool is_shortage(int os_errno) {
  switch (os_errno) {
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
    case EADDRNOTAVAIL:
      return true;
    default:
      return false;
  }
}

std::string describe_shortage(int os_errno) {
  switch (os_errno) {
    case EMFILE:
      return "idpwatch has no file descriptor left";
    case ENFILE:
      return "this host has no file descriptor left";
    case ENOBUFS:
    case ENOMEM:
      return "this host has no memory left for a connection";
    case EADDRNOTAVAIL:
      return "this host has no free local address or port to connect from";
    default:
      return std::string("this host could not make the request: ") + std::strerror(os_errno);
  }
}

bool few_descriptors_left() {
  constexpr std::size_t kForOneResolution = 4;
  std::array<int, kForOneResolution> taken{};
  std::size_t count = 0;
  for (int& fd : taken) {
    fd = ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
    // With stderr closed nothing can be told.
    if (fd < 0) break;
    ++count;
  }
  const bool few = count < taken.size() && (errno == EMFILE || errno == ENFILE);
  for (std::size_t i = 0; i < count; ++i) ::close(taken.at(i));
  return few;
}

void SpareDescriptors::refill() {
  while (held_.size() < number_) {
    const int fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    held_.push_back(fd);
  }
}

void SpareDescriptors::release() {
  for (const int fd : held_) ::close(fd);
  held_.clear();
}

}  // namespace idpwatch::net
