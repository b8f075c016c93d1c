#include "daemon/admin/socket_peer.hpp"

#include <arpa/inet.h>
#include <array>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace idpwatch::daemon {
namespace {

sockaddr_storage address_of_peer(int fd) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) address = {};
  return address;
}

}  // namespace

Peer peer_of(int fd) {
  if (address_of_peer(fd).ss_family != AF_UNIX) return Peer::kUnknown;
  ucred credentials{};
  socklen_t length = sizeof credentials;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0) return Peer::kUnknown;
  return credentials.uid == 0 || credentials.uid == geteuid() ? Peer::kOperator : Peer::kUnknown;
}

std::string client_of(int fd) {
  const sockaddr_storage address = address_of_peer(fd);
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.ss_family == AF_INET) {
    inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(address).sin_addr, text.data(),
              text.size());
    return text.data();
  }
  if (address.ss_family != AF_INET6) return "local";
  // A host of IPv6 has a whole /64 of addresses.
  in6_addr network = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  if (!IN6_IS_ADDR_V4MAPPED(&network)) std::fill_n(network.s6_addr + 8, 8, std::uint8_t{0});
  inet_ntop(AF_INET6, &network, text.data(), text.size());
  return text.data();
}

}  // namespace idpwatch::daemon
