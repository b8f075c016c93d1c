#include "watch/measured_transport.hpp"

#include <utility>

namespace idpwatch::watch {

MeasuredTransport::MeasuredTransport(net::HttpTransport& inner, net::Scheduler& scheduler,
                                     const base::Clock& clock, LoopLag& lag)
    : inner_(inner), scheduler_(scheduler), clock_(clock), lag_(lag) {}

MeasuredTransport::~MeasuredTransport() {
  scheduler_.cancel(beat_);
  for (const auto& [id, one] : under_way_) inner_.cancel(one.inner);
}

net::RequestId MeasuredTransport::start(net::HttpRequest request, Callback done) {
  const net::RequestId id = next_++;
  UnderWay& one = under_way_[id];
  // Of the instant, not of the turn: the turn may have taken long before it came to this.
  one.since = clock_.boottime();
  one.done = std::move(done);
  one.inner = inner_.start(std::move(request), [this, id](net::HttpResponse&& response) {
    finished(id, std::move(response));
  });
  if (beat_ == 0) plan_beat();
  return id;
}

void MeasuredTransport::cancel(net::RequestId id) {
  const auto node = under_way_.extract(id);
  if (!node.empty()) inner_.cancel(node.mapped().inner);
}

void MeasuredTransport::finished(net::RequestId id, net::HttpResponse&& response) {
  auto node = under_way_.extract(id);
  if (node.empty()) return;
  response.held_up = lag_.excuses(node.mapped().since, clock_.boottime());
  node.mapped().done(std::move(response));
}

void MeasuredTransport::plan_beat() {
  const base::Duration due = clock_.boottime() + LoopLag::kNoticed;
  lag_.expect(due);
  beat_ = scheduler_.at(due, [this, due](const net::Now& now) {
    beat_ = 0;
    lag_.ran(due, now.boottime);
    lag_.expect(std::nullopt);
    // Left to run out when nothing is under way any more: cheaper than taking it back each time.
    if (!under_way_.empty()) plan_beat();
  });
}

}  // namespace idpwatch::watch
