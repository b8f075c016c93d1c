// What comes after a probe that failed or is in doubt, and only then: an intermediate that the
// server does not send is fetched from where its certificate says it is, and the document is asked
// for as the watched clients ask. Each at most once in ten minutes; what came is remembered.
//
// A part of AuthorityProbe, not for others. It runs beside the probes, which never wait for it and
// tell what it found from the next one on; or as the end of a probe that has no next one.
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
  };

  // Whether there is anything to ask that was not asked lately: most probes end here.
  static bool is_due(const model::Fetch& fetch, const std::string& url, const Means& means);
  // Adds what an earlier one found to the circumstances of a fetch. `completed`: it was made with
  // the remembered intermediate.
  static void add_known(model::Fetch& fetch, const std::string& url, bool completed,
                        const Means& means);

  SecondLook(Means means, const DocumentMemory& document);
  ~SecondLook();
  SecondLook(const SecondLook&) = delete;
  SecondLook& operator=(const SecondLook&) = delete;

  // `again`: with an intermediate that was missing the document is asked for once more. `done` is
  // called last of all and may destroy this.
  void start(model::Fetch&& fetch, std::shared_ptr<const Target> target, bool allow_private,
             bool again, Callback done);

 private:
  void fetch_intermediate(const model::Intermediate& missing);
  void take_intermediate(model::Intermediate told, net::HttpResponse&& response);
  void look_with(const KnownIntermediate& known);
  void plan_asks();
  void ask_next();
  void finish();

  Means means_;
  const DocumentMemory& document_;
  model::Fetch fetch_;
  std::shared_ptr<const Target> target_;
  bool allow_private_ = false, again_with_it_ = false;
  struct Ask {
    model::ClientRequest request;
    std::string cause;
  };
  std::vector<Ask> asks_;
  std::size_t next_ = 0;  // of them
  net::RequestId request_ = 0;
  std::unique_ptr<DocumentFetch> again_;
  std::unique_ptr<ClientFetch> as_client_;
  Callback done_;
};

}  // namespace idpwatch::probe
