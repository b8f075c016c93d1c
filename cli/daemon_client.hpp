// Asks the running daemon, by the address and token that its configuration names: one small
// blocking request, over TCP or a unix socket. Never through a proxy.
#pragma once

#include "base/result.hpp"
#include "daemon/config.hpp"

#include <string>
#include <string_view>

namespace idpwatch::cli {

struct DaemonAnswer {
  long status = 0;
  std::string body;
};

enum class Method { kGet, kPost };

// kUnreachable: nobody answers; kConfig: the configuration has no listener.
base::Result<DaemonAnswer> ask_daemon(const daemon::Config& config, Method method,
                                      const std::string& path,
                                      base::Duration timeout = base::seconds(10));

// As in a path or a query: everything but unreserved characters as %XX.
std::string percent_encode(std::string_view text);

}  // namespace idpwatch::cli
