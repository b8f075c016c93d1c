// Sends one message to one receiver over HTTP in the form of its kind (alerts/receivers/): made and
// signed when sent, redirects refused, bounded in time and in what is read of the answer
// (docs/alerts.md). Knows nothing about order, retries or storage.
//
// A receiver of several instances is one attempt: it has failed where one of them fails.
//
// Loop thread only. Results are kept until taken; the callback of the transport carries no time.
#pragma once

#include "alerts/alert_config.hpp"
#include "alerts/retry.hpp"
#include "model/alert.hpp"
#include "net/http_transport.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace idpwatch::alerts {

struct Attempt {
  std::string id, receiver;
  AttemptResult result;
};

class Delivery {
 public:
  // `wake` is called when a result has come, so that the loop takes it in this turn. May be empty.
  Delivery(net::HttpTransport& transport, std::function<void()> wake);
  ~Delivery();  // cancels what is in flight
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;

  void send(base::Instant now, const ReceiverConfig& receiver, const model::OutboxMessage& message);
  [[nodiscard]] bool finished() const { return !finished_.empty(); }
  std::vector<Attempt> take_finished();

 private:
  void on_response(std::uint64_t number, const net::HttpResponse& response);

  net::HttpTransport& transport_;
  std::function<void()> wake_;
  struct InFlight {
    std::string id;
    ReceiverConfig receiver;
    std::vector<net::RequestId> requests;
    std::size_t waiting = 0;
    std::optional<AttemptResult> result;  // the worst so far
  };
  std::map<std::uint64_t, InFlight> in_flight_;
  std::uint64_t next_number_ = 1;
  std::vector<Attempt> finished_;
};

// The requests as they would go out, one to each instance of the receiver.
base::Result<std::vector<net::HttpRequest>> make_requests(base::Instant now,
                                                          const ReceiverConfig& receiver,
                                                          const model::OutboxMessage& message);
// One of them: to that URL of the receiver, with its secrets, proxy and bounds.
net::HttpRequest request_to(const ReceiverConfig& receiver, std::string url, std::string body,
                            std::string content_type);
// What an answer of this receiver means to the outbox.
AttemptResult attempt_result(const ReceiverConfig& receiver, const net::HttpResponse& response);

}  // namespace idpwatch::alerts
