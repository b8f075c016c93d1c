#include "cli/probe_once.hpp"

#include "net/descriptors.hpp"
#include "net/event_loop.hpp"
#include "net/http_client.hpp"
#include "net/trust_store.hpp"
#include "probe/authority_probe.hpp"

#include <utility>

namespace idpwatch::cli {

base::Result<std::vector<ProbeResult>> probe_once(
    const std::vector<model::AuthoritySpec>& specs, const model::Limits& limits,
    const watch::TrackOptions& options, const base::Environment& environment,
    const base::Clock& clock, const std::vector<std::vector<model::ClientRequest>>& clients) {
  std::vector<ProbeResult> looked(specs.size());
  if (specs.empty()) return looked;
  if (auto trust = net::check_trust_store(specs.front().ca_file, environment); !trust) {
    return base::fail(trust.error());
  }
  auto loop = net::EventLoop::create(clock);
  if (!loop) return base::fail(loop.error());
  net::HttpClientOptions client_options;
  client_options.environment = environment;
  const net::DescriptorNeed need{
      .authorities = specs.size(), .receivers = 0, .open = net::open_descriptors()};
  const std::size_t wanted = net::descriptors_wanted(client_options, need);
  net::HttpClient client(**loop, clock,
                         net::fit_into(net::raise_descriptor_limit(wanted), client_options, need));

  const auto shared = std::make_shared<const watch::TrackOptions>(options);
  std::vector<std::unique_ptr<probe::AuthorityProbe>> probes;
  std::size_t waiting = specs.size();
  for (std::size_t i = 0; i < specs.size(); ++i) {
    const auto spec = std::make_shared<const model::AuthoritySpec>(specs[i]);
    probes.push_back(std::make_unique<probe::AuthorityProbe>(client, clock, spec, limits));
    if (i < clients.size()) probes.back()->ask_as(clients[i]);
    probes.back()->wait_for_clients();
    probes.back()->start([&, i, spec](model::Observation seen) {
      ProbeResult& one = looked[i];
      const net::Now now = (*loop)->now();
      one.seen = std::move(seen);
      one.seen.at = now.wall;
      one.track = std::make_unique<watch::AuthorityTrack>(spec, shared);
      model::Batch batch;  // nothing is stored
      one.judged = one.track->observe(one.seen, now.wall, now.boottime, batch);
      if (--waiting == 0) (*loop)->stop();
    });
  }
  (*loop)->run();
  return looked;
}

}  // namespace idpwatch::cli
