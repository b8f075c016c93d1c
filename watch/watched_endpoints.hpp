// The protected APIs of the configured deployments: each is probed on the interval of the defaults,
// spread like authorities are, a few at a time, and judged by checks/endpoint.
//
// Loop thread only; all parts must outlive it.
#pragma once

#include "base/time.hpp"
#include "config/config.hpp"
#include "model/rules.hpp"
#include "net/http_transport.hpp"
#include "net/scheduler.hpp"
#include "probe/endpoint_probe.hpp"
#include "watch/deployments.hpp"
#include "watch/endpoint_token.hpp"

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::watch {

class WatchedEndpoints {
 public:
  using Results = std::function<void(std::vector<model::CheckResult>)>;

  // So many are probed at once: each keeps its answers, of 64 KiB at most, until it is judged.
  static constexpr std::size_t kAtOnce = 8;

  WatchedEndpoints(net::Scheduler& scheduler, net::HttpTransport& transport,
                   const Deployments& deployments, EndpointTokens tokens, Results results);
  ~WatchedEndpoints();
  WatchedEndpoints(const WatchedEndpoints&) = delete;
  WatchedEndpoints& operator=(const WatchedEndpoints&) = delete;

  // Those of a configuration, instead of all before. What did not change keeps its place in time.
  void configure(std::shared_ptr<const config::Config> config);
  // No further probes.
  void drain();

 private:
  struct Watched {
    config::Endpoint endpoint;
    model::Origin origin;
    bool canary = false;
    std::unique_ptr<probe::EndpointProbe> probe;
    net::TimerId timer = 0;
    bool waiting = false;  // its turn has come, and too many are under way
  };

  void plan(const std::string& name, base::Duration at);
  void due(const std::string& name);
  void begin_waiting();
  void begin(const std::string& name, Watched& watched);
  void judge(const std::string& name, const checks::EndpointQuestion& question, bool with_token,
             const probe::EndpointSeen& seen);
  [[nodiscard]] std::size_t running() const;

  net::Scheduler& scheduler_;
  net::HttpTransport& transport_;
  const Deployments& deployments_;
  EndpointTokens tokens_;
  Results results_;
  std::shared_ptr<const config::Config> config_;
  std::map<std::string, Watched, std::less<>> watched_;  // by deployment
  std::deque<std::string> waiting_;
  bool draining_ = false;
};

}  // namespace idpwatch::watch
