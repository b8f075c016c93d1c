// Who is at the other end of an accepted connection, by what the kernel says. Safe from every
// thread.
#pragma once

#include "daemon/admin/http_message.hpp"

#include <string>

namespace idpwatch::daemon {

// Of a unix socket: its user's id decides (SO_PEERCRED).
Peer peer_of(int fd);
// An address without port, or "local": what the connections of one client have in common.
std::string client_of(int fd);

}  // namespace idpwatch::daemon
