// One document, asked for as a watched client asks: its header lines, its patience, its redirects.
// A part of AuthorityProbe, not for others.
//
// Ends in a model::AskedAgain whatever happens.
#pragma once

#include "base/clock.hpp"
#include "model/authority.hpp"
#include "model/client_request.hpp"
#include "model/observation.hpp"
#include "net/http_transport.hpp"
#include "probe/document_fetch.hpp"

#include <functional>
#include <memory>

namespace idpwatch::probe {

class ClientFetch {
 public:
  using Callback = std::function<void(model::AskedAgain&&)>;

  // All references must outlive the fetch.
  ClientFetch(net::HttpTransport& transport, const base::Clock& clock,
              std::shared_ptr<const model::AuthoritySpec> spec, const model::Limits& limits,
              model::ClientRequest client);
  ~ClientFetch();
  ClientFetch(const ClientFetch&) = delete;
  ClientFetch& operator=(const ClientFetch&) = delete;

  // `allow_private`: as of the probe before. `done` is called last of all and may destroy this.
  void start(std::shared_ptr<const Target> target, bool allow_private, Callback done);

 private:
  void ask();
  void answered(net::HttpResponse&& response);
  // Whether another request is under way.
  bool redirected(const net::HttpResponse& response);
  void finish();

  net::HttpTransport& transport_;
  const base::Clock& clock_;
  std::shared_ptr<const model::AuthoritySpec> spec_;
  const model::Limits& limits_;
  model::ClientRequest client_;
  std::shared_ptr<const Target> hop_;
  bool allow_private_ = false;
  int followed_ = 0;
  base::Duration begun_{0}, deadline_{0};
  model::AskedAgain answer_;
  net::RequestId request_ = 0;
  Callback done_;
};

}  // namespace idpwatch::probe
