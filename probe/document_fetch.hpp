// One document: asked for once, redirects followed hop by hop within one deadline, conditionally
// where the remembered answer came from that very URL. A part of AuthorityProbe, not for others.
//
// Knows nothing about what a document means. Ends in a model::Fetch whatever happens.
#pragma once

#include "base/clock.hpp"
#include "base/url.hpp"
#include "model/authority.hpp"
#include "model/observation.hpp"
#include "net/http_transport.hpp"
#include "probe/probe_memory.hpp"

#include <functional>
#include <set>
#include <string>

namespace idpwatch::probe {

class DocumentFetch {
 public:
  using Callback = std::function<void(model::Fetch)>;

  // `learned`: the URL was read from a document, not from our configuration. All references must
  // outlive the fetch.
  DocumentFetch(net::HttpTransport& transport, const base::Clock& clock,
                const model::AuthoritySpec& spec, const model::Limits& limits,
                const DocumentMemory& memory);
  ~DocumentFetch();
  DocumentFetch(const DocumentFetch&) = delete;
  DocumentFetch& operator=(const DocumentFetch&) = delete;

  // `next`: what will be asked right after this, empty if not known. `done` is called last of all
  // and may destroy this.
  void start(std::string url, bool learned, std::string next, Callback done);
  // After an answer: where it came from in the end.
  [[nodiscard]] const std::string& final_url() const { return hop_; }

 private:
  void ask(bool learned);
  void answered(net::HttpResponse response);
  void take(net::HttpResponse& response);
  void take_status();
  bool redirected(const net::HttpResponse& response);
  void follow(const base::Url& from, const base::Url& to);
  void fail(model::FailureKind kind, model::FailureDetail detail, std::string message);
  void finish();
  [[nodiscard]] bool on_configured_host(const base::Url& url) const;

  net::HttpTransport& transport_;
  const base::Clock& clock_;
  const model::AuthoritySpec& spec_;
  const model::Limits& limits_;
  const DocumentMemory& memory_;
  model::Fetch fetch_;
  std::string hop_;
  std::string next_;
  std::set<std::string> visited_;
  base::Duration deadline_{0};
  bool conditional_ = false;
  net::RequestId request_ = 0;
  Callback done_;
};

}  // namespace idpwatch::probe
