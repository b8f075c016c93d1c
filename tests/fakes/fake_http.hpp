// An HttpTransport without a network. Requests wait until the test answers them, or are answered
// by a function of the test: at once through answer_all(), or by themselves on a scheduler.
#pragma once

#include "net/http_transport.hpp"
#include "net/scheduler.hpp"

#include <algorithm>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace idpwatch::fakes {

inline net::HttpResponse http_answer(int status, std::string body = {},
                                     std::vector<net::Header> headers = {}) {
  net::HttpResponse response;
  response.status = status;
  response.body = std::move(body);
  response.headers = std::move(headers);
  response.address = "192.0.2.1:443";
  return response;
}

inline net::HttpResponse http_failure(model::FailureKind kind,
                                      model::FailureDetail detail = model::FailureDetail::kNone) {
  net::HttpResponse response;
  response.failure = model::Failure{kind, detail, "scripted"};
  return response;
}

class FakeHttp final : public net::HttpTransport {
 public:
  using Server = std::function<net::HttpResponse(const net::HttpRequest&)>;

  struct Waiting {
    net::RequestId id;
    net::HttpRequest request;
    Callback done;
    base::Duration since{0};  // on the scheduler's clock
  };

  FakeHttp() = default;
  // Each request is answered by `server`, `latency` after its start. An answer that is read later
  // than the request's timeout is none, as with libcurl: it looks at its timers first.
  FakeHttp(net::Scheduler& scheduler, Server server, base::Duration each = base::Duration{0})
      : latency(each), scheduler_(&scheduler), server_(std::move(server)) {}

  net::RequestId start(net::HttpRequest request, Callback done) override {
    const net::RequestId id = ++started_;
    if (request.endpoint) request.url = request.endpoint->text;
    asked_ += 1;
    if (remember) asked.push_back(request);
    if (on_start) on_start(request);
    waiting.push_back({id, std::move(request), std::move(done), {}});
    if (scheduler_ != nullptr) waiting.back().since = scheduler_->now().boottime;
    if (scheduler_ != nullptr) {
      scheduler_->at(scheduler_->now().boottime + latency, [this, id](const net::Now& now) {
        const auto found = std::ranges::find(waiting, id, &Waiting::id);
        if (found == waiting.end()) return;
        const base::Duration took = now.boottime - found->since;
        net::HttpResponse response =
            took < found->request.total_timeout ? server_(found->request) : timed_out();
        response.phases.first_byte_us = response.phases.total_us = took.count();
        answer(id, std::move(response));
      });
    }
    return id;
  }

  void cancel(net::RequestId id) override {
    std::erase_if(waiting, [id](const Waiting& one) { return one.id == id; });
  }

  void answer(net::RequestId id, net::HttpResponse response) {
    const auto found = std::ranges::find(waiting, id, &Waiting::id);
    if (found == waiting.end()) throw std::logic_error("no such request is waiting");
    const Waiting one = std::move(*found);
    waiting.erase(found);
    one.done(std::move(response));
  }

  // The oldest one.
  void answer_next(net::HttpResponse response) {
    if (waiting.empty()) throw std::logic_error("no request is waiting");
    answer(waiting.front().id, std::move(response));
  }

  void answer_all(const Server& server) {
    while (!waiting.empty()) answer(waiting.front().id, server(waiting.front().request));
  }

  base::Duration latency{0};
  bool remember = true;                 // all that is asked for
  std::vector<net::HttpRequest> asked;  // in order
  std::function<void(const net::HttpRequest&)> on_start;
  [[nodiscard]] std::size_t count() const { return asked_; }
  std::vector<Waiting> waiting;

 private:
  net::Scheduler* scheduler_ = nullptr;
  static net::HttpResponse timed_out() { return http_failure(model::FailureKind::kTimeout); }

  Server server_;
  std::size_t asked_ = 0;
  net::RequestId started_ = 0;
};

inline std::string header_of(const net::HttpRequest& request, const std::string& name) {
  const auto found = std::ranges::find(request.headers, name, &net::Header::first);
  return found == request.headers.end() ? std::string() : found->second;
}

}  // namespace idpwatch::fakes
