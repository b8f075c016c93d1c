// The listening socket of the admin listener: TCP on an address literal, or a unix socket (a stale
// one that nobody listens on is replaced; mode 0600). Owns and, for a unix socket, removes it.
#pragma once

#include "base/result.hpp"
#include "config/config.hpp"

#include <cstdint>
#include <string>

namespace idpwatch::daemon {

class ListenSocket {
 public:
  // kBusy: somebody listens there already; kConfig: it cannot be listened on.
  static base::Result<ListenSocket> open(const config::Listen& listen);
  ListenSocket(ListenSocket&& other) noexcept;
  ListenSocket& operator=(ListenSocket&& other) noexcept;
  ~ListenSocket();

  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] std::uint16_t port() const;  // bound; 0 for a unix socket
  // The socket is closed by whoever took it.
  int release();

 private:
  ListenSocket(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  int fd_ = -1;
  std::string path_;  // to be removed at the end
};

}  // namespace idpwatch::daemon
