// Asks the running daemon, by the address and token that its configuration names: small blocking
// requests, over TCP or a unix socket. Never through a proxy. A token is sent to nothing but
// idpwatch on this host.
#pragma once

#include "base/result.hpp"
#include "config/config.hpp"

#include <string>
#include <string_view>

namespace idpwatch::cli {

struct DaemonAnswer {
  long status = 0;
  std::string body;
};

enum class Method { kGet, kPost };

// The body of a POST; the bytes must outlive the call.
struct Upload {
  std::string_view body = "{}";
  std::string type = "application/json";
};

// kUnreachable: nobody answers, or something that is not idpwatch; kUnreadable: the daemon's token
// is not for us; kConfig: the configuration has no listener.
base::Result<DaemonAnswer> ask_daemon(const config::Config& config, Method method,
                                      const std::string& path,
                                      base::Duration timeout = base::seconds(10),
                                      const Upload& upload = {});

// What an answer says that is not the one hoped for.
base::Error answer_error(const DaemonAnswer& answer);

// As in a path or a query: everything but unreserved characters as %XX.
std::string percent_encode(std::string_view text);

}  // namespace idpwatch::cli
