#include "daemon/descriptor_limit.hpp"

#include "alerts/receivers/kinds.hpp"
#include "base/log.hpp"
#include "net/descriptors.hpp"

#include <string>

namespace idpwatch::daemon {

namespace {

// What the start opens after this: the admin listener, and a reading connection for it and for us.
constexpr std::size_t kStillToOpen = 14;

}  // namespace

DescriptorLimit::DescriptorLimit() : open_(net::open_descriptors() + kStillToOpen) {}

net::HttpClientOptions DescriptorLimit::fit(net::HttpClientOptions options,
                                            const config::Config& config) const {
  // An Alertmanager is as many as it has instances.
  std::size_t receivers = 0;
  for (const alerts::ReceiverConfig& receiver : config.alerts.receivers) {
    receivers += alerts::origins_of(receiver).size();
  }
  const net::DescriptorNeed need{
      .authorities = config.authorities.size() + config.deployments.size(),
      .receivers = receivers,
      .open = open_};
  options.kept_connections =
      net::connections_worth_keeping(options.kept_connections, need.authorities);
  const std::size_t wanted = net::descriptors_wanted(options, need);
  const std::size_t limit = net::raise_descriptor_limit(wanted);
  if (limit >= wanted) return options;
  options = net::fit_into(limit, std::move(options), need);
  base::log::warn("daemon",
                  "this process may open too few files: fewer requests run at once and fewer "
                  "connections are kept, so probes may be late; raise LimitNOFILE= (systemd) "
                  "or ulimit -Hn",
                  {{"limit", std::to_string(limit)},
                   {"needed", std::to_string(wanted)},
                   {"requests at once", std::to_string(options.running + options.hanging)},
                   {"connections kept", std::to_string(options.kept_connections)}});
  return options;
}

}  // namespace idpwatch::daemon
