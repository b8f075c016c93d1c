// One HTTP request and what came of it, and the interface behind which the real client
// (http_client.hpp) and the fakes (tests/fakes/fake_http.hpp) stand.
//
// Redirects are never followed here: the caller decides hop by hop. A failed transfer is a
// response with a failure, not an Error.
#pragma once

#include "base/url.hpp"
#include "model/authority.hpp"
#include "model/client_request.hpp"
#include "model/observation.hpp"
#include "net/address_policy.hpp"
#include "net/chain_doubt.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace idpwatch::net {

enum class Method { kGet, kPost, kOptions };

using Header = std::pair<std::string, std::string>;

// A URL that is asked again and again, taken apart once: that costs as much as a small request.
struct Endpoint {
  std::string text;
  base::Url url;
};
std::shared_ptr<const Endpoint> make_endpoint(std::string text, base::Url url);

// A letter goes out instead of an HTTP request, by SMTP (net/mail_client.hpp): to `url`, which is
// smtps://host:port, or smtp://host:port with STARTTLS; `body` is the letter.
struct MailEnvelope {
  std::string from;  // bare addresses
  std::vector<std::string> to;
  std::string username, password;  // empty: no login
  bool require_tls = true;         // false: smtp:// without STARTTLS
};

struct HttpRequest {
  // The authority or receiver that this is for: one whose host hangs never holds up another.
  std::string on_behalf_of;
  Method method = Method::kGet;
  std::string url;  // may stay empty where there is an endpoint
  std::shared_ptr<const Endpoint> endpoint;
  std::vector<Header> headers;               // beside Host, User-Agent, Accept, Accept-Encoding
  std::string body;                          // of a POST; its Content-Type is among the headers
  std::shared_ptr<const MailEnvelope> mail;  // null: HTTP
  base::Duration connect_timeout = base::seconds(5);
  base::Duration total_timeout = base::seconds(10);
  std::uint64_t body_limit =
      std::uint64_t{2} * 1024 * 1024;  // bytes after decompression, and before
  std::uint64_t header_limit =
      std::uint64_t{64} * 1024;  // bytes in sum, interim responses included
  bool http2 = false;
  model::IpVersion ip_version = model::IpVersion::kAny;
  std::optional<std::string> proxy;  // nullopt: the environment's; "": none
  std::optional<std::string> ca_file, client_cert, client_key_file;
  // Instead of `ca_file` and the environment's: whom a watched client trusts.
  std::shared_ptr<const model::TrustedCertificates> trust;
  // Handed to the verification of the server's certificate, which may not send it itself (DER).
  std::shared_ptr<const std::string> intermediate;
  AddressPolicy addresses;
  bool fresh_connection = false;
  // Another request to this origin comes as soon as this one is answered: its connection is left
  // open for that, even where none is to be kept.
  bool another_follows = false;
  bool want_tls_facts = true;
  bool raw_body = false;    // as it comes, whatever coding its header names
  std::string suites = {};  // of TLS 1.2, the only ones to offer, ':' between; empty: OpenSSL's
  bool urgent = false;      // a message to people: goes before all looks
};

struct HttpResponse {
  int status = 0;               // 0: no final response came; of a letter, SMTP's last reply code
  std::vector<Header> headers;  // lower-case names, in order, of the final response only
  std::string body;             // decompressed; empty after a failure
  std::optional<model::Failure> failure;
  model::Phases phases;
  // In our own queue, before anything was sent. Neither in the phases nor in any timeout.
  base::Duration waited{0};
  std::string address;  // of the peer (or the proxy), "[2001:db8::1]:443"
  bool proxied = false;
  std::string proxy;  // "proxy:3128"; empty: none
  bool reused_connection = false;
  bool repeated = false;  // a kept connection had failed; this is the repeat on a fresh one
  bool unsent = false;    // a letter: it failed before all of it was sent
  // The loop did not run for a good part of the time: a failure may be ours, and times say nothing.
  bool held_up = false;
  std::uint64_t body_bytes_seen = 0;    // decompressed, also when it was refused
  std::uint64_t header_bytes_seen = 0;  // likewise
  std::optional<model::ClockSample> clock;
  std::shared_ptr<const model::TlsFacts> tls;  // also when verification failed; null: none
  std::shared_ptr<const ChainDoubt> chain;     // of the last full handshake; null: nothing to doubt

  // The first of that name; null when there is none.
  [[nodiscard]] const std::string* header(std::string_view lower_case_name) const;
};

using RequestId = std::uint64_t;  // 0 is never given out

class HttpTransport {
 public:
  using Callback = std::function<void(HttpResponse&&)>;

  virtual ~HttpTransport() = default;
  // `done` is called once, from the loop, never from within start().
  virtual RequestId start(HttpRequest request, Callback done) = 0;
  // Afterwards `done` is not called. An id that is done or unknown is ignored.
  virtual void cancel(RequestId id) = 0;
};

}  // namespace idpwatch::net
