#include "net/descriptors.hpp"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <sys/resource.h>
#include <system_error>

namespace idpwatch::net {

namespace {

// A request while its name is resolved: libcurl's pair of sockets, the resolver's own, and later
// one or two connections that race (RFC 8305).
constexpr std::size_t kPerRequest = 4;
// Beside requests: the admin listener and its clients, the database's files, deployed files.
constexpr std::size_t kForTheRest = 96;
constexpr std::size_t kFewestForTheRest = 6;

}  // namespace

std::size_t connections_worth_keeping(std::size_t allowed, std::size_t authorities) {
  constexpr std::size_t kMany = 16;
  return authorities / kMany > allowed ? allowed / 2 : allowed;
}

std::size_t descriptors_wanted(const HttpClientOptions& options, const DescriptorNeed& need) {
  const std::size_t at_once =
      std::min(options.running + options.hanging, need.authorities + need.receivers);
  const std::size_t kept = std::min(options.kept_connections, 2 * need.authorities);
  return need.open + kForTheRest + kept + kPerRequest * at_once;
}

HttpClientOptions fit_into(std::size_t limit, HttpClientOptions options,
                           const DescriptorNeed& need) {
  if (limit >= descriptors_wanted(options, need)) return options;
  const std::size_t left = limit > need.open ? limit - need.open : 0;
  const std::size_t rest = std::clamp(left / 3, kFewestForTheRest, kForTheRest);
  const std::size_t ours = left > rest ? left - rest : 0;
  options.kept_connections = std::min(options.kept_connections, ours / 4);
  const std::size_t requests = (ours - options.kept_connections) / kPerRequest;
  options.hanging = std::clamp<std::size_t>(requests / 2, 1, options.hanging);
  options.running = std::clamp<std::size_t>(requests - requests / 2, 1, options.running);
  options.for_messages = std::clamp<std::size_t>(rest / (2 * kPerRequest), 1, options.for_messages);
  return options;
}

std::size_t raise_descriptor_limit(std::size_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return std::numeric_limits<std::size_t>::max();
  if (limit.rlim_cur < wanted && limit.rlim_cur < limit.rlim_max) {
    rlimit raised = limit;
    raised.rlim_cur = std::min<rlim_t>(wanted, limit.rlim_max);
    if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  }
  return limit.rlim_cur;
}

std::size_t open_descriptors() {
  std::error_code error;
  std::size_t count = 0;
  for (std::filesystem::directory_iterator entry("/proc/self/fd", error), end;
       !error && entry != end; entry.increment(error)) {
    ++count;
  }
  return count;
}

}  // namespace idpwatch::net
