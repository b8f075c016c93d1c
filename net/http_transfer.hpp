// One request on one libcurl handle: its options, the callbacks that bound it while it runs, and
// the response that it ends in. A part of HttpClient, not for others.
//
// A handle lives longer than a transfer: it keeps the TLS sessions of its host, so it is used for
// one kind of connection only (Route).
#pragma once

#include "base/clock.hpp"
#include "net/curl_failure.hpp"
#include "net/header_block.hpp"
#include "net/http_transport.hpp"
#include "net/shortage.hpp"
#include "net/tls_facts.hpp"
#include "net/tls_files.hpp"

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct x509_store_ctx_st;  // OpenSSL's X509_STORE_CTX

namespace idpwatch::net {

// All that must be equal for a connection and its TLS session to be used again.
struct Route {
  std::string origin;
  std::string proxy;
  TrustPtr trust;            // null: no TLS on it
  ClientIdentityPtr client;  // null: none is shown
  bool http2 = false;
  model::IpVersion ip_version = model::IpVersion::kAny;

  [[nodiscard]] std::string key() const;
  void write_key(std::string& key) const;
  // By files that were read again since: neither its connections nor its sessions may be used.
  [[nodiscard]] bool outdated() const {
    return (trust && trust->replaced) || (client && client->replaced);
  }
};

// Who is at the other end of a connection.
struct Peer {
  std::string host;     // as libcurl names it
  std::string address;  // "[2001:db8::1]:443"
  AddressClass what = AddressClass::kUnusable;
};

class MultiHandle;
class Transfer;
class TransferHandle;

// Has libcurl call back to whatever transfer the handle is for.
void connect_callbacks(TransferHandle& handle);

class TransferHandle {
 public:
  // Options that stay: those of the route, and the bounds that are no choice.
  TransferHandle(Route route, std::shared_ptr<MultiHandle> multi, const std::string& user_agent);
  ~TransferHandle();
  TransferHandle(const TransferHandle&) = delete;
  TransferHandle& operator=(const TransferHandle&) = delete;

  [[nodiscard]] void* easy() const { return easy_; }
  [[nodiscard]] const char* error_text() const { return error_.data(); }
  void clear_error() { error_[0] = '\0'; }
  [[nodiscard]] const Route& route() const { return route_; }
  [[nodiscard]] const std::string& key() const { return key_; }
  // The facts of the certificate last seen on this route, read once per certificate.
  const std::shared_ptr<const model::TlsFacts>& facts(x509_st* certificate,
                                                      std::string_view protocol,
                                                      std::string_view suite);
  // Likewise once per peer: nearly every request finds the one of the last.
  const Peer& peer(std::string_view host, int port);
  // The multi handle that its connections belong to.
  [[nodiscard]] MultiHandle& multi() const { return *multi_; }
  [[nodiscard]] bool last_of_multi() const { return multi_.use_count() == 1; }

  // Whom libcurl's callbacks speak to; null: none is under way.
  Transfer* transfer = nullptr;
  bool kept = false;                        // counts against the kept connections
  std::shared_ptr<const ChainDoubt> chain;  // of the last full handshake; null: nothing to doubt

 private:
  Route route_;
  std::string key_;
  std::shared_ptr<MultiHandle> multi_;
  void* easy_;
  std::array<char, 256> error_{};  // CURL_ERROR_SIZE
  Peer peer_;
  int port_ = 0;
  Certificate certificate_;
  std::shared_ptr<const model::TlsFacts> facts_;
};

class Transfer {
 public:
  Transfer(RequestId id, HttpRequest request, HttpTransport::Callback done,
           const base::Clock& clock, Shortage& shortage);
  ~Transfer();
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  // Sets the handle up. `fresh`: no kept connection may be used.
  void attach(std::unique_ptr<TransferHandle> handle, bool fresh);
  std::unique_ptr<TransferHandle> detach();
  // After libcurl is done with it; `code` is its CURLcode.
  HttpResponse finish(int code);
  // A failure that a kept connection may be to blame for, so that it does not count yet.
  [[nodiscard]] bool worth_a_repeat(int code) const;

  [[nodiscard]] RequestId id() const { return id_; }
  [[nodiscard]] const HttpRequest& request() const { return request_; }
  [[nodiscard]] TransferHandle* handle() const { return handle_.get(); }

  HttpTransport::Callback done;
  std::shared_ptr<const Endpoint> endpoint;
  bool repeated = false;
  base::Duration asked_at{0}, waited{0};  // in the queue
  std::string proxy;                      // of its route, as the next two
  TrustPtr trust;
  ClientIdentityPtr client;

 private:
  friend struct TransferCallbacks;  // what libcurl and OpenSSL call
  struct HeaderList;

  void set_method();
  void on_request_begins(const char* peer, int port);
  int open_socket(int family, int type, int protocol);
  bool on_header(std::string_view line);
  bool on_body(std::string_view bytes);
  void on_date(const std::string& text);
  void on_chain(bool accepted, x509_store_ctx_st* context);
  void read_session();
  void read_phases(HttpResponse& response) const;
  [[nodiscard]] Outcome outcome(int code, const HttpResponse& response) const;

  RequestId id_;
  HttpRequest request_;
  const base::Clock& clock_;
  Shortage& shortage_;
  base::Duration begun_at_{0};  // boot time
  int lacked_ = 0;              // errno of a socket that could not be had
  std::unique_ptr<TransferHandle> handle_;
  std::unique_ptr<HeaderList> header_list_;
  bool address_judged_ = true;  // false behind a proxy

  HeaderBlock headers_;
  std::string body_;
  std::uint64_t body_bytes_ = 0;
  std::string address_;
  std::string tried_;  // the last address that a connection was begun to
  Abort abort_ = Abort::kNone;
  std::optional<AddressClass> refused_address_;
  int verify_error_ = 0;
  bool handshake_begun_ = false;
  bool renegotiation_ = false;  // was asked for, and declined
  Certificate leaf_;            // while a handshake is under way
  Certificate intermediate_;    // that is handed along
  const char* protocol_ = "";   // of that handshake
  std::shared_ptr<const model::TlsFacts> facts_;
  std::optional<model::ClockSample> clock_sample_;
  base::Instant sent_;
  base::Duration sent_boottime_{0};
};

}  // namespace idpwatch::net
