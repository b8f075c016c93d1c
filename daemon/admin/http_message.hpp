// A request to the admin listener and its answer, without the library that carries them. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace idpwatch::daemon {

// By the Server header of every answer the command line knows whom it asks.
inline constexpr const char* kServerName = "idpwatch";

// Who is at the other end of the connection, as far as the kernel vouches for it.
enum class Peer {
  kUnknown,   // TCP, or a socket of another user
  kOperator,  // a unix socket: root, or the user that the daemon runs as
};

struct AdminRequest {
  std::string method;
  std::string path;  // percent-decoded
  std::map<std::string, std::string, std::less<>> query;
  std::map<std::string, std::string, std::less<>>
      headers;           // names in lower case, the first of each
  std::string repeated;  // one that stands more than once, where it decides who may do what
  std::string body;
  Peer peer = Peer::kUnknown;

  [[nodiscard]] std::string header(std::string_view name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string() : found->second;
  }
  [[nodiscard]] bool reads() const { return method == "GET" || method == "HEAD"; }
};

struct AdminResponse {
  int status = 200;
  std::string type = "application/json";
  std::string body;
  std::map<std::string, std::string> headers;  // Allow, Retry-After, WWW-Authenticate
};

}  // namespace idpwatch::daemon
