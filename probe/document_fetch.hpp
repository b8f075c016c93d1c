// One document: asked for once, redirects followed hop by hop within one deadline, conditionally
// where the remembered answer came from that very URL. A part of AuthorityProbe, not for others.
//
// Knows nothing about what a document means. Ends in a model::Fetch whatever happens.
#pragma once

#include "base/clock.hpp"
#include "model/authority.hpp"
#include "model/observation.hpp"
#include "net/http_transport.hpp"
#include "probe/probe_memory.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace idpwatch::probe {

// A URL to ask, parsed once for all looks.
struct Target {
  std::shared_ptr<const net::Endpoint> endpoint;  // null: not an http or https URL
  std::string unaskable;                          // then: its text
  bool learned = false;   // from a document or a redirect, not from our configuration
  bool own_host = false;  // on the very host of what is configured
  // Of the very origin (scheme, host and port) of what is configured: the client certificate is
  // shown to nobody else.
  bool own_origin = false;

  [[nodiscard]] const std::string& text() const { return endpoint ? endpoint->text : unaskable; }
  [[nodiscard]] bool same_origin(const Target& other) const;
};

std::shared_ptr<const Target> make_target(std::string text, bool learned,
                                          const model::AuthoritySpec& spec);

class DocumentFetch {
 public:
  using Callback = std::function<void(model::Fetch&&)>;

  // All references must outlive the fetch.
  DocumentFetch(net::HttpTransport& transport, const base::Clock& clock,
                std::shared_ptr<const model::AuthoritySpec> spec, const model::Limits& limits,
                const DocumentMemory& memory);
  ~DocumentFetch();
  DocumentFetch(const DocumentFetch&) = delete;
  DocumentFetch& operator=(const DocumentFetch&) = delete;

  // What is asked may lie on a private network, as who names it does.
  void allow_private() { allow_private_ = true; }
  // A certificate that the provider does not send.
  void complete_with(const KnownIntermediate& intermediate) { intermediate_ = intermediate; }
  // `another_follows`: a request to the same origin comes right after this. `done` is called last
  // of all and may destroy this.
  void start(std::shared_ptr<const Target> target, bool another_follows, Callback done);
  // After an answer: where it came from in the end.
  [[nodiscard]] const std::shared_ptr<const Target>& from() const { return hop_; }
  // After an answer: it came from a private network, and through no proxy.
  // Of what it ended with.
  [[nodiscard]] bool from_private_network(const model::Fetch& fetch) const;
  // After an answer: the provider sends its whole chain by itself now.
  [[nodiscard]] bool sends_whole_chain() const { return sends_whole_chain_; }

 private:
  void ask();
  void answered(net::HttpResponse&& response);
  void take(net::HttpResponse& response);
  void take_circumstances(const net::HttpResponse& response);
  void take_body(std::string body);
  void take_status();
  bool redirected();
  void follow(std::shared_ptr<const Target> to);
  void fail(model::FailureKind kind, model::FailureDetail detail, std::string message);
  void finish();

  net::HttpTransport& transport_;
  const base::Clock& clock_;
  std::shared_ptr<const model::AuthoritySpec> spec_;
  const model::Limits& limits_;
  const DocumentMemory& memory_;
  model::Fetch fetch_;
  std::shared_ptr<const Target> hop_;
  bool another_follows_ = false;
  bool allow_private_ = false, proxied_ = false, sends_whole_chain_ = false;
  std::optional<KnownIntermediate> intermediate_;
  base::Duration deadline_{0};
  bool conditional_ = false;
  net::RequestId request_ = 0;
  Callback done_;
};

}  // namespace idpwatch::probe
