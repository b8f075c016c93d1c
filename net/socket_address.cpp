#include "net/socket_address.hpp"

#include <arpa/inet.h>
#include <array>
#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>

namespace idpwatch::net {

namespace {

template <class Address>
Address copied(const void* from) {
  Address out{};
  std::memcpy(&out, from, sizeof out);
  return out;
}

}  // namespace

std::string address_text(const void* address, std::size_t length) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (length < sizeof(sockaddr_in)) return {};
  const auto in = copied<sockaddr_in>(address);
  if (in.sin_family == AF_INET) {
    if (::inet_ntop(AF_INET, &in.sin_addr, text.data(), text.size()) == nullptr) return {};
    return std::string(text.data()) + ":" + std::to_string(ntohs(in.sin_port));
  }
  if (in.sin_family != AF_INET6 || length < sizeof(sockaddr_in6)) return {};
  const auto in6 = copied<sockaddr_in6>(address);
  if (::inet_ntop(AF_INET6, &in6.sin6_addr, text.data(), text.size()) == nullptr) return {};
  return "[" + std::string(text.data()) + "]:" + std::to_string(ntohs(in6.sin6_port));
}

}  // namespace idpwatch::net
