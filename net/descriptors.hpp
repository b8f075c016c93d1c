// How many file descriptors the process may have, and what they allow. Read once at the start:
// a limit that is too low must slow us down, not fail our requests.
#pragma once

#include "net/http_client.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace idpwatch::net {

struct DescriptorNeed {
  std::size_t authorities = 0, receivers = 0;
  std::size_t open = 0;  // by the process already
};

// Of the connections that may be kept, as many as are worth their memory (some 32 KiB each): where
// only one authority in many could have one, half of them.
std::size_t connections_worth_keeping(std::size_t allowed, std::size_t authorities);

// What running everything at once takes: kept connections, and for each request the resolver's
// descriptors beside its own.
std::size_t descriptors_wanted(const HttpClientOptions& options, const DescriptorNeed& need);
// Cut down to what `limit` leaves beside what is open, with some left over for messages, the admin
// listener and files. At least one request at a time.
HttpClientOptions fit_into(std::size_t limit, HttpClientOptions options,
                           const DescriptorNeed& need);

// Raises the soft limit (RLIMIT_NOFILE) towards `wanted`, at most to the hard one; gives back what
// holds then.
std::size_t raise_descriptor_limit(std::size_t wanted);
std::size_t open_descriptors();

}  // namespace idpwatch::net
