// What comes after a look that failed or is in doubt, and only then: an intermediate that the
// server does not send is fetched from where its certificate says it is, and the document is asked
// for as the watched clients ask. Each at most once in ten minutes; what came is remembered.
//
// A part of AuthorityProbe, not for others. Ends in the look that it began with, its circumstances
// told; or in a better one, where the intermediate was all that was missing.
#pragma once

#include "base/clock.hpp"
#include "model/authority.hpp"
#include "model/client_request.hpp"
#include "model/observation.hpp"
#include "net/http_transport.hpp"
#include "probe/client_fetch.hpp"
#include "probe/document_fetch.hpp"
#include "probe/probe_memory.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace idpwatch::probe {

// The oldest makes room.
void remember(ProbeMemory& memory, AnswerToClient answer);

class SecondLook {
 public:
  using Callback = std::function<void(model::Fetch&&)>;

  // All that it works with; outlives it.
  struct Means {
    net::HttpTransport& transport;
    const base::Clock& clock;
    std::shared_ptr<const model::AuthoritySpec> spec;
    const model::Limits& limits;
    ProbeMemory& memory;
    const std::vector<model::ClientRequest>& clients;
    // Of whoever waits longer than idpwatch the answer is waited for; else it is asked for later,
    // beside the looks that go on.
    bool patient;
    std::function<void(const model::ClientRequest&, std::shared_ptr<const Target>)> later;
  };

  // Whether there is anything to do: most looks end here.
  static bool is_due(const model::Fetch& fetch, const Means& means);

  SecondLook(Means means, const DocumentMemory& document);
  ~SecondLook();
  SecondLook(const SecondLook&) = delete;
  SecondLook& operator=(const SecondLook&) = delete;

  // `done` is called last of all and may destroy this.
  void start(model::Fetch&& fetch, std::shared_ptr<const Target> target, bool allow_private,
             Callback done);

 private:
  void fetch_intermediate(const model::Intermediate& missing);
  void take_intermediate(model::Intermediate told, net::HttpResponse&& response);
  void look_with(const KnownIntermediate& known);
  void ask_next();
  // Known, or to be asked beside: the next one's turn.
  bool settled(const model::ClientRequest& client, base::Duration holds);
  void tell(model::AskedAgain answer);
  void tell_missing(const std::optional<model::Intermediate>& missing);
  void finish();

  Means means_;
  const DocumentMemory& document_;
  model::Fetch fetch_;
  std::shared_ptr<const Target> target_;
  bool allow_private_ = false;
  std::size_t next_ = 0;  // of the clients
  net::RequestId request_ = 0;
  std::unique_ptr<DocumentFetch> again_;
  std::unique_ptr<ClientFetch> as_client_;
  Callback done_;
};

}  // namespace idpwatch::probe
