// Ours: the probe alone, and with all that the daemon makes of what it saw.
#include "base/assert.hpp"
#include "bench/round_contenders.hpp"
#include "net/event_loop.hpp"
#include "net/http_client.hpp"
#include "probe/authority_probe.hpp"

#include <memory>
#include <utility>

namespace idpwatch::bench {

namespace {

using Sink = std::function<void(const model::Observation&)>;

class Looks {
 public:
  Looks(const Round& round, Sink sink)
      : loop_(net::EventLoop::create(clock_).value()),
        client_(*loop_, clock_, options(round)),
        sink_(std::move(sink)) {
    for (std::size_t i = 0; i < round.ports.size(); ++i) {
      model::AuthoritySpec spec;
      spec.name = "authority-" + std::to_string(i);
      spec.issuer = round.issuer(i);
      spec.ca_file = round.ca_file;
      spec.proxy = "";
      probes_.push_back(
          std::make_unique<probe::AuthorityProbe>(client_, clock_, spec, model::Limits{}));
    }
  }

  // One look at each authority, one after the other as the bare program does.
  void round() {
    for (const auto& probe : probes_) {
      bool done = false;
      probe->start([&](const model::Observation& seen) {
        IDPWATCH_ASSERT(seen.jwks && seen.jwks->answered());
        if (sink_) sink_(seen);
        done = true;
      });
      while (!done) loop_->turn(base::seconds(10));
    }
  }

 private:
  static net::HttpClientOptions options(const Round& round) {
    net::HttpClientOptions made;
    if (!round.kept) made.kept_connections = 0;
    return made;
  }

  base::SystemClock clock_;
  std::unique_ptr<net::EventLoop> loop_;
  net::HttpClient client_;
  Sink sink_;
  std::vector<std::unique_ptr<probe::AuthorityProbe>> probes_;
};

double run(const Round& round, Sink sink) {
  Looks looks(round, std::move(sink));
  looks.round();
  const double start = cpu_us();
  for (int i = 0; i < round.rounds; ++i) looks.round();
  return cpu_us() - start;
}

}  // namespace

Contender probe_alone() {
  return {.name = "idpwatch, probe alone",
          .run = [](const Round& round) { return run(round, nullptr); }};
}

}  // namespace idpwatch::bench
