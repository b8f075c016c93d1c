// One probe of one protected API, asked as checks/endpoint plans it, one request after the other.
// The command and the daemon ask through this very code.
//
// The token is put into the requests that carry one as they go out, and is kept nowhere else; it is
// forgotten when the probe ends. Single-threaded, driven by the transport's callbacks; the
// transport must outlive it.
#pragma once

#include "checks/endpoint/endpoint_plan.hpp"
#include "model/authority.hpp"
#include "net/http_transport.hpp"

#include <functional>
#include <memory>
#include <string>

namespace idpwatch::probe {

struct EndpointAsk {
  checks::EndpointQuestion question;
  checks::HeaderFields extra;      // sent with each call
  std::string token;               // empty: none is sent
  model::AuthoritySpec transport;  // its timeout, proxy and certificates
  model::Limits limits;
  std::string on_behalf_of;
};

struct EndpointSeen {
  model::Exchange exchange;
  // A request failed by our own fault, or while our loop did not run: nothing can be judged.
  bool ours = false;
};

class EndpointProbe {
 public:
  using Callback = std::function<void(EndpointSeen&&)>;

  explicit EndpointProbe(net::HttpTransport& transport) : transport_(transport) {}
  ~EndpointProbe() { cancel(); }
  EndpointProbe(const EndpointProbe&) = delete;
  EndpointProbe& operator=(const EndpointProbe&) = delete;

  // Not while one runs. `done` is called once, never from within start(); it may destroy the probe.
  void start(EndpointAsk ask, Callback done);
  // Afterwards `done` is not called.
  void cancel();
  [[nodiscard]] bool running() const { return asked_ != nullptr; }

 private:
  struct Asked;
  void next();
  void answered(const checks::PlannedRequest& planned, net::HttpResponse&& response);

  net::HttpTransport& transport_;
  std::shared_ptr<Asked> asked_;
};

}  // namespace idpwatch::probe
