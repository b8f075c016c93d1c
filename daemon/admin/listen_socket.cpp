#include "daemon/admin/listen_socket.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace idpwatch::daemon {
namespace {

constexpr int kBacklog = 32;

struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;

  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

template <class Sockaddr>
Address address_from(const Sockaddr& from) {
  Address address;
  static_assert(sizeof from <= sizeof address.storage);
  std::memcpy(&address.storage, &from, sizeof from);
  address.length = sizeof from;
  return address;
}

base::Error listen_error(const config::Listen& listen, int code) {
  const std::string what =
      fmt::format("cannot listen on {}: {}", listen.text(), std::generic_category().message(code));
  if (code == EADDRINUSE) {
    return base::make_error(base::ErrorKind::kBusy, what,
                            "another process listens there: stop it, or change `listen`");
  }
  return base::make_error(base::ErrorKind::kConfig, what, "change `listen` in the configuration");
}

base::Result<Address> address_of(const config::Listen& listen) {
  if (listen.kind == config::Listen::Kind::kUnix) {
    sockaddr_un unix_address{};
    unix_address.sun_family = AF_UNIX;
    if (listen.path.size() >= sizeof unix_address.sun_path) {
      return base::fail(listen_error(listen, ENAMETOOLONG));
    }
    std::memcpy(unix_address.sun_path, listen.path.c_str(), listen.path.size());
    return address_from(unix_address);
  }
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(listen.port);
  if (inet_pton(AF_INET, listen.host.c_str(), &v4.sin_addr) == 1) return address_from(v4);
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(listen.port);
  if (inet_pton(AF_INET6, listen.host.c_str(), &v6.sin6_addr) == 1) return address_from(v6);
  return base::fail(listen_error(listen, EADDRNOTAVAIL));
}

// A socket file that a killed daemon left behind refuses connections.
void remove_stale(const config::Listen& listen, const Address& address) {
  struct stat status{};
  if (lstat(listen.path.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode)) return;
  const int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return;
  if (connect(probe, address.get(), address.length) != 0 && errno == ECONNREFUSED) {
    unlink(listen.path.c_str());
  }
  close(probe);
}

}  // namespace

base::Result<ListenSocket> ListenSocket::open(const config::Listen& listen) {
  const auto address = address_of(listen);
  if (!address) return base::fail(address.error());
  const bool is_unix = listen.kind == config::Listen::Kind::kUnix;
  if (is_unix) remove_stale(listen, *address);
  ListenSocket made(
      socket(address->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "");
  if (made.fd_ < 0) return base::fail(listen_error(listen, errno));
  const int on = 1;
  if (!is_unix) setsockopt(made.fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  // Before bind: the file appears with this mode, nobody can connect in between.
  if (is_unix && fchmod(made.fd_, S_IRUSR | S_IWUSR) != 0) {
    return base::fail(listen_error(listen, errno));
  }
  if (bind(made.fd_, address->get(), address->length) != 0) {
    return base::fail(listen_error(listen, errno));
  }
  if (is_unix) made.path_ = listen.path;
  if (::listen(made.fd_, kBacklog) != 0) return base::fail(listen_error(listen, errno));
  return made;
}

ListenSocket::ListenSocket(ListenSocket&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), path_(std::exchange(other.path_, {})) {}

ListenSocket& ListenSocket::operator=(ListenSocket&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(path_, other.path_);
  return *this;
}

ListenSocket::~ListenSocket() {
  if (fd_ >= 0) close(fd_);
  if (!path_.empty()) unlink(path_.c_str());
}

std::uint16_t ListenSocket::port() const {
  sockaddr_storage bound{};
  socklen_t length = sizeof bound;
  if (getsockname(fd_, reinterpret_cast<sockaddr*>(&bound), &length) != 0) return 0;
  if (bound.ss_family == AF_INET) {
    return ntohs(reinterpret_cast<const sockaddr_in*>(&bound)->sin_port);
  }
  if (bound.ss_family == AF_INET6) {
    return ntohs(reinterpret_cast<const sockaddr_in6*>(&bound)->sin6_port);
  }
  return 0;
}

int ListenSocket::release() { return std::exchange(fd_, -1); }

}  // namespace idpwatch::daemon
