// Fetches one token of one canary: files away from the loop, then one request to the token endpoint
// or the platform's metadata endpoint, never by a redirect. Secrets live in it for as long as the
// fetch; what it gives is the token, or why there is none.
//
// Loop thread only; all parts must outlive it.
#pragma once

#include "base/secret.hpp"
#include "checks/canary/canary_answer.hpp"
#include "model/authority.hpp"
#include "model/canary.hpp"
#include "net/http_transport.hpp"
#include "net/scheduler.hpp"
#include "watch/background.hpp"
#include "watch/canary_material.hpp"
#include "watch/file_access.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace idpwatch::watch {

struct CanaryParts {
  net::Scheduler& scheduler;
  net::HttpTransport& transport;
  Background& background;
  const FileAccess& files;
};

struct CanaryQuestion {
  std::string owner;  // on whose behalf it asks
  CanaryFiles files;
  model::AuthoritySpec way;   // proxy, certificates and patience, as for its authority
  bool allow_private = true;  // false: the token endpoint was learned from a document
  bool secret_in_body = false;
};

struct CanaryOutcome {
  base::Secret token;
  std::optional<checks::CanaryFailure> failure;
  std::string asked;  // as it may be shown
};

class CanaryFetch {
 public:
  using Callback = std::function<void(CanaryOutcome&&)>;

  explicit CanaryFetch(CanaryParts parts) : parts_(parts) {}
  ~CanaryFetch() { cancel(); }
  CanaryFetch(const CanaryFetch&) = delete;
  CanaryFetch& operator=(const CanaryFetch&) = delete;

  // Not while one runs. `done` is called once, never from within start().
  void start(CanaryQuestion question, Callback done);
  void cancel();
  [[nodiscard]] bool running() const { return done_ != nullptr; }

 private:
  void take_material(base::Result<CanaryMaterial>&& material);
  void ask(const CanaryMaterial& material);
  void take_answer(net::HttpResponse&& response);
  void finish(CanaryOutcome&& outcome);

  CanaryParts parts_;
  CanaryQuestion question_;
  Callback done_;
  checks::CanaryRequest request_;   // its address and form; the secrets are handed on
  std::vector<base::Secret> sent_;  // what no text may repeat
  net::RequestId request_id_ = 0;
  std::shared_ptr<CanaryFetch*> self_;  // of the fetch that runs
};

}  // namespace idpwatch::watch
