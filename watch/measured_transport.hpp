// The transport as probes and deliveries use it: says of each answer whether the loop ran while it
// was waited for. Beats while something is under way, so that a stretch in which the loop did not
// run is seen however it came about (watch/loop_lag.hpp).
//
// Loop thread only; all parts must outlive it.
#pragma once

#include "base/clock.hpp"
#include "net/http_transport.hpp"
#include "net/scheduler.hpp"
#include "watch/loop_lag.hpp"

#include <unordered_map>

namespace idpwatch::watch {

class MeasuredTransport final : public net::HttpTransport {
 public:
  MeasuredTransport(net::HttpTransport& inner, net::Scheduler& scheduler, const base::Clock& clock,
                    LoopLag& lag);
  ~MeasuredTransport() override;
  MeasuredTransport(const MeasuredTransport&) = delete;
  MeasuredTransport& operator=(const MeasuredTransport&) = delete;

  net::RequestId start(net::HttpRequest request, Callback done) override;
  void cancel(net::RequestId id) override;

 private:
  struct UnderWay {
    net::RequestId inner = 0;
    base::Duration since{0};
    Callback done;
  };
  void finished(net::RequestId id, net::HttpResponse&& response);
  void plan_beat();

  net::HttpTransport& inner_;
  net::Scheduler& scheduler_;
  const base::Clock& clock_;
  LoopLag& lag_;
  std::unordered_map<net::RequestId, UnderWay> under_way_;
  net::RequestId next_ = 1;
  net::TimerId beat_ = 0;
};

}  // namespace idpwatch::watch
