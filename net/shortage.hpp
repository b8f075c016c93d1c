// What this host itself lacks when a request cannot be made: file descriptors, memory, threads,
// ports. Never the authority's fault, nor a receiver's.
#pragma once

#include "base/time.hpp"

#include <string>

namespace idpwatch::net {

// Whether this errno of socket() or connect() speaks of our side alone.
bool is_shortage(int os_errno);
// "this process has no file descriptor left", ...
std::string describe_shortage(int os_errno);
// Fewer are free than a name resolution takes (libcurl's pair of sockets, the resolver's own), so
// that one that fails says nothing about the name.
bool few_descriptors_left();

// When a request lacked something, seen by all: a resolver does not tell why it failed.
struct Shortage {
  base::Duration last_seen = base::Duration::min();  // boot time
};

}  // namespace idpwatch::net
