// Fits what the HTTP client does at once into the file descriptors that the process may have, and
// says in the log when they are too few.
#pragma once

#include "config/config.hpp"
#include "net/http_client.hpp"

#include <cstddef>

namespace idpwatch::daemon {

class DescriptorLimit {
 public:
  // Once at the start, when the database is open.
  DescriptorLimit();
  // Also raises the soft limit as far as needed and allowed.
  [[nodiscard]] net::HttpClientOptions fit(net::HttpClientOptions options,
                                           const config::Config& config) const;

 private:
  std::size_t open_;
};

}  // namespace idpwatch::daemon
