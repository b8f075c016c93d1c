#include "net/http_transfer.hpp"

#include "base/assert.hpp"
#include "base/text.hpp"
#include "net/socket_address.hpp"

#include <curl/curl.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <netinet/in.h>
#include <sys/socket.h>

namespace idpwatch::net {

namespace {

// A step of the wall clock between the two ends makes a sample worthless.
constexpr base::Duration kStep = base::microseconds(100);

long to_ms(base::Duration duration) {
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(duration).count();
  return static_cast<long>(std::max<std::int64_t>(ms, 1));
}

struct Reading {
  base::Instant wall;
  base::Duration boottime{0};
};

// Both clocks as of one instant: the tightest of at most three tries.
Reading read_clocks(const base::Clock& clock) {
  constexpr base::Duration kTight = base::microseconds(20);
  Reading best;
  base::Duration best_width = base::Duration::max();
  for (int i = 0; i < 3 && best_width > kTight; ++i) {
    const base::Duration before = clock.boottime();
    const base::Instant wall = clock.wall();
    const base::Duration after = clock.boottime();
    if (after - before < best_width) {
      best_width = after - before;
      best = {.wall = wall, .boottime = before + (after - before) / 2};
    }
  }
  return best;
}

}  // namespace

struct Transfer::HeaderList {
  curl_slist* list = nullptr;
  HeaderList() = default;
  HeaderList(const HeaderList&) = delete;
  HeaderList& operator=(const HeaderList&) = delete;
  ~HeaderList() { curl_slist_free_all(list); }
  void add(const std::string& line) {
    curl_slist* longer = curl_slist_append(list, line.c_str());
    IDPWATCH_ASSERT(longer != nullptr);
    list = longer;
  }
};

Transfer::Transfer(RequestId id, HttpRequest request, HttpTransport::Callback callback,
                   const base::Clock& clock, Shortage& shortage)
    : done(std::move(callback)),
      id_(id),
      request_(std::move(request)),
      clock_(clock),
      shortage_(shortage),
      headers_(request_.header_limit, request_.raw_body) {}

Transfer::~Transfer() = default;

std::unique_ptr<TransferHandle> Transfer::detach() { return std::move(handle_); }

void Transfer::on_request_begins(const char* peer, int port) {
  const Reading now = read_clocks(clock_);
  sent_ = now.wall;
  sent_boottime_ = now.boottime;
  // libcurl may have begun anew after a kept connection turned out to be closed.
  headers_.reset();
  clock_sample_.reset();
  const Peer& other = handle_->peer(peer, port);
  address_ = other.address;
  // A kept connection was opened under another policy, perhaps.
  if (address_judged_ && refused(other.what, request_.addresses)) {
    refused_address_ = other.what;
    abort_ = Abort::kAddress;
  }
  if (request_.want_tls_facts) read_session();
}

int Transfer::open_socket(int family, int type, int protocol) {
  const int fd = ::socket(family, type | SOCK_CLOEXEC, protocol);
  if (fd < 0 && is_shortage(errno)) {
    lacked_ = errno;
    shortage_.last_seen = clock_.boottime();
  }
  return fd;
}

void Transfer::read_session() {
  const curl_tlssessioninfo* session = nullptr;
  if (curl_easy_getinfo(handle_->easy(), CURLINFO_TLS_SSL_PTR, &session) != CURLE_OK ||
      session == nullptr || session->internals == nullptr ||
      session->backend != CURLSSLBACKEND_OPENSSL) {
    return;
  }
  const auto* ssl = static_cast<const SSL*>(session->internals);
  X509* certificate = SSL_get0_peer_certificate(ssl);
  if (certificate == nullptr) return;
  // All of TLS 1.3 are good, and every client has them.
  const bool newest = SSL_version(ssl) >= TLS1_3_VERSION;
  facts_ = handle_->facts(certificate, SSL_get_version(ssl), newest ? "" : SSL_get_cipher(ssl));
}

void Transfer::on_chain(bool accepted, x509_store_ctx_st* context) {
  // It is asked once a certificate, the server's own last.
  if (accepted && X509_STORE_CTX_get_error_depth(context) == 0) {
    handle_->chain = read_chain_doubt(context, true, intermediate_.get());
  }
  if (!accepted && verify_error_ == 0) {
    verify_error_ = X509_STORE_CTX_get_error(context);
    handle_->chain = read_chain_doubt(context, false, nullptr);
  }
  if (leaf_) return;
  leaf_ = share(X509_STORE_CTX_get0_cert(context));
  const auto* ssl = static_cast<const SSL*>(
      X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx()));
  if (ssl != nullptr) protocol_ = SSL_get_version(ssl);
}

bool Transfer::on_header(std::string_view line) {
  switch (headers_.take(line)) {
    case HeaderBlock::Line::kTaken:
      return true;
    case HeaderBlock::Line::kDate:
      on_date(headers_.headers().back().second);
      return true;
    case HeaderBlock::Line::kTooLarge:
      abort_ = Abort::kHeaderTooLarge;
      return false;
    case HeaderBlock::Line::kCoding:
      abort_ = Abort::kCoding;
      return false;
  }
  return false;
}

void Transfer::on_date(const std::string& text) {
  const Reading now = read_clocks(clock_);
  const auto date = base::parse_http_date(text, now.wall);
  const base::Duration drift = (now.wall - sent_) - (now.boottime - sent_boottime_);
  // Two dates contradict each other; one of them may be a cache's.
  if (!date || headers_.count("date") > 1 || drift > kStep || drift < -kStep) {
    clock_sample_.reset();
    return;
  }
  clock_sample_ = model::ClockSample{.sent = sent_,
                                     .received = now.wall,
                                     .boottime_received = now.boottime,
                                     .date = *date,
                                     .age_s = std::nullopt};
}

bool Transfer::on_body(std::string_view bytes) {
  body_bytes_ += bytes.size();
  if (body_bytes_ > request_.body_limit) {
    abort_ = Abort::kBodyTooLarge;
    return false;
  }
  body_.append(bytes);
  return true;
}

void Transfer::read_phases(HttpResponse& response) const {
  CURL* easy = handle_->easy();
  const auto micros = [easy](CURLINFO what) {
    curl_off_t value = 0;
    curl_easy_getinfo(easy, what, &value);
    return static_cast<std::int64_t>(value);
  };
  long connects = 0;
  curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &connects);
  response.phases.total_us = micros(CURLINFO_TOTAL_TIME_T);
  response.phases.first_byte_us = micros(CURLINFO_STARTTRANSFER_TIME_T);
  response.phases.connect_us = micros(CURLINFO_CONNECT_TIME_T);
  response.reused_connection = connects == 0 && !address_.empty();
  if (response.reused_connection) {
    response.phases.connect_us = 0;
    return;
  }
  response.phases.dns_us = micros(CURLINFO_NAMELOOKUP_TIME_T);
  response.phases.tls_us = micros(CURLINFO_APPCONNECT_TIME_T);
}

Outcome Transfer::outcome(int code, const HttpResponse& response) const {
  Outcome out{.code = code,
              .text = handle_->error_text(),
              .os_errno = 0,
              .lacked = lacked_,
              .shortage = false,
              .tunnel_status = 0,
              .abort = abort_,
              .refused_address = refused_address_,
              .verify_error = verify_error_,
              .handshake_begun = handshake_begun_,
              .chain_seen = leaf_ != nullptr,
              .renegotiation = renegotiation_,
              .status = headers_.status(),
              .phases = response.phases,
              .timeout = request_.total_timeout,
              .proxy = handle_->route().proxy,
              .reused_connection = response.reused_connection};
  long os_errno = 0;
  curl_easy_getinfo(handle_->easy(), CURLINFO_OS_ERRNO, &os_errno);
  out.os_errno = static_cast<int>(os_errno);
  if (code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_RESOLVE_PROXY) {
    if (few_descriptors_left()) shortage_.last_seen = clock_.boottime();
    out.shortage = shortage_.last_seen >= begun_at_;
  }
  long tunnel = 0;
  curl_easy_getinfo(handle_->easy(), CURLINFO_HTTP_CONNECTCODE, &tunnel);
  out.tunnel_status = static_cast<int>(tunnel);
  return out;
}

bool Transfer::worth_a_repeat(int code) const {
  if (code == CURLE_OK || repeated || abort_ != Abort::kNone || address_.empty()) return false;
  long connects = 0;
  curl_easy_getinfo(handle_->easy(), CURLINFO_NUM_CONNECTS, &connects);
  if (connects != 0) return false;
  if (code == CURLE_FILESIZE_EXCEEDED) return false;
  // What was posted may have been taken although no answer came in time.
  return request_.method != Method::kPost ||
         (headers_.status() == 0 && code != CURLE_OPERATION_TIMEDOUT);
}

HttpResponse Transfer::finish(int code) {
  HttpResponse response;
  read_phases(response);
  response.failure = to_failure(outcome(code, response));
  // Whom we trust is half of that.
  if (response.failure && trust && !request_.trust &&
      response.failure->detail == model::FailureDetail::kCertificateUntrusted) {
    response.failure->message += "; the store: " + trust->described;
  }
  response.status = headers_.status();
  response.repeated = repeated;
  response.waited = waited;
  response.address = std::move(address_.empty() ? tried_ : address_);
  response.proxied = !address_judged_;
  if (response.proxied) response.proxy = model::place_of_proxy(handle_->route().proxy);
  response.body_bytes_seen = body_bytes_;
  response.header_bytes_seen = headers_.bytes_seen();
  if (response.status != 0) {
    response.clock = clock_sample_;
    if (const std::string* age = headers_.find("age"); response.clock && age != nullptr) {
      std::int64_t seconds = 0;
      const auto [end, error] = std::from_chars(age->data(), age->data() + age->size(), seconds);
      // An Age that cannot be read is still a sign of a cache: RFC 9111 section 5.1.
      response.clock->age_s = error == std::errc{} && seconds >= 0 ? seconds : 0;
    }
    response.headers = std::move(headers_.headers());
  }
  response.tls = std::move(facts_);
  if (!response.tls && leaf_ && request_.want_tls_facts) {
    response.tls = handle_->facts(leaf_.get(), protocol_, "");
  }
  if (response.tls) response.chain = handle_->chain;
  if (!response.failure) response.body = std::move(body_);
  return response;
}

// Plain functions for the two C libraries. None of ours throws but for lack of memory.
struct TransferCallbacks {
  static Transfer& running(void* handle) { return *static_cast<TransferHandle*>(handle)->transfer; }

  static std::size_t header(char* bytes, std::size_t size, std::size_t count, void* self) {
    const std::size_t length = size * count;
    return running(self).on_header({bytes, length}) ? length : 0;
  }

  static std::size_t body(char* bytes, std::size_t size, std::size_t count, void* self) {
    const std::size_t length = size * count;
    return running(self).on_body({bytes, length}) ? length : 0;
  }

  // The bytes of the body before decompression: a stream may go on for ever and yield nothing.
  static int progress(void* self, curl_off_t, curl_off_t received, curl_off_t, curl_off_t) {
    Transfer* transfer = &running(self);
    if (received <= static_cast<curl_off_t>(transfer->request_.body_limit)) return 0;
    transfer->abort_ = Abort::kBodyTooLarge;
    return 1;
  }

  static int request_begins(void* self, char* peer, char*, int port, int) {
    Transfer* transfer = &running(self);
    transfer->on_request_begins(peer, port);
    return transfer->abort_ == Abort::kNone ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
  }

  static curl_socket_t open_socket(void* self, curlsocktype, curl_sockaddr* address) {
    Transfer* transfer = &running(self);
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(&address->addr);
    AddressClass what = AddressClass::kUnusable;
    if (address->family == AF_INET) {
      what = classify_address({bytes + offsetof(sockaddr_in, sin_addr), 4});
    } else if (address->family == AF_INET6) {
      what = classify_address({bytes + offsetof(sockaddr_in6, sin6_addr), 16});
    }
    if (transfer->address_judged_ && refused(what, transfer->request_.addresses)) {
      transfer->refused_address_ = what;
      return CURL_SOCKET_BAD;
    }
    transfer->tried_ = address_text(&address->addr, address->addrlen);
    return transfer->open_socket(address->family, address->socktype, address->protocol);
  }

  static int verify(int accepted, X509_STORE_CTX* context) {
    const auto* ssl = static_cast<const SSL*>(
        X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx()));
    running(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl))).on_chain(accepted == 1, context);
    return accepted;
  }

  // OpenSSL's own verification, with one more certificate to build the chain from.
  static int verify_chain(X509_STORE_CTX* context, void* self) {
    STACK_OF(X509)* sent = X509_STORE_CTX_get0_untrusted(context);
    STACK_OF(X509)* with = sent != nullptr ? sk_X509_dup(sent) : sk_X509_new_null();
    sk_X509_push(with, running(self).intermediate_.get());
    X509_STORE_CTX_set0_untrusted(context, with);
    const int accepted = X509_verify_cert(context);
    X509_STORE_CTX_set0_untrusted(context, sent);
    sk_X509_free(with);
    return accepted;
  }

  // RFC 5246 section 7.2.2: a warning, after which the server may go on or not.
  static void tell(const SSL* ssl, int where, int what) {
    constexpr int kNoRenegotiation = (SSL3_AL_WARNING << 8) | SSL_AD_NO_RENEGOTIATION;
    if ((where & SSL_CB_WRITE_ALERT) != SSL_CB_WRITE_ALERT || what != kNoRenegotiation) return;
    // On an idle connection nobody asks.
    Transfer* transfer =
        static_cast<TransferHandle*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)))->transfer;
    if (transfer != nullptr) transfer->renegotiation_ = true;
  }

  static CURLcode ssl_context(CURL*, void* context, void* self) {
    auto* ctx = static_cast<SSL_CTX*>(context);
    const Route& route = static_cast<TransferHandle*>(self)->route();
    // Without any, nobody is trusted.
    if (route.trust) SSL_CTX_set1_cert_store(ctx, route.trust->store.get());
    SSL_CTX_set_app_data(ctx, self);
    running(self).handshake_begun_ = true;
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, &verify);
    if (running(self).intermediate_) SSL_CTX_set_cert_verify_callback(ctx, &verify_chain, self);
    SSL_CTX_set_info_callback(ctx, &tell);
    // The context outlives this transfer; no later handshake may come back to it.
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION);
    return CURLE_OK;
  }
};

// For as long as the handle lives: only whom they speak to changes.
void connect_callbacks(TransferHandle& handle) {
  CURL* easy = handle.easy();
  curl_easy_setopt(easy, CURLOPT_PRIVATE, &handle);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &TransferCallbacks::header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &handle);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &TransferCallbacks::body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &handle);
  curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, &TransferCallbacks::progress);
  curl_easy_setopt(easy, CURLOPT_XFERINFODATA, &handle);
  curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, &TransferCallbacks::request_begins);
  curl_easy_setopt(easy, CURLOPT_PREREQDATA, &handle);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &TransferCallbacks::open_socket);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, &handle);
  curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, &TransferCallbacks::ssl_context);
  curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, &handle);
}

void Transfer::attach(std::unique_ptr<TransferHandle> handle, bool fresh) {
  handle_ = std::move(handle);
  handle_->transfer = this;
  handle_->clear_error();
  CURL* easy = handle_->easy();
  headers_ = HeaderBlock(request_.header_limit, request_.raw_body);
  body_.clear();
  body_bytes_ = 0;
  address_.clear();
  tried_.clear();
  verify_error_ = 0;
  handshake_begun_ = false;
  renegotiation_ = false;
  leaf_.reset();
  intermediate_ = request_.intermediate ? certificate_of(*request_.intermediate) : nullptr;
  refused_address_.reset();
  lacked_ = 0;
  begun_at_ = clock_.boottime();
  address_judged_ = handle_->route().proxy.empty();
  curl_easy_setopt(easy, CURLOPT_URL, endpoint->text.c_str());
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, to_ms(request_.total_timeout));
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                   to_ms(std::min(request_.connect_timeout, request_.total_timeout)));
  curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(request_.body_limit));
  curl_easy_setopt(easy, CURLOPT_SSL_CIPHER_LIST,
                   request_.suites.empty() ? nullptr : request_.suites.c_str());
  curl_easy_setopt(easy, CURLOPT_HTTP_CONTENT_DECODING, request_.raw_body ? 0L : 1L);
  curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, fresh ? 1L : 0L);
  const bool stays = handle_->kept || request_.another_follows;
  curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, stays ? 0L : 1L);
  set_method();
}

void Transfer::set_method() {
  CURL* easy = handle_->easy();
  header_list_ = std::make_unique<HeaderList>();
  for (const auto& [name, value] : request_.headers) {
    std::string line = name;
    line += ": ";
    line += value;
    header_list_->add(line);
  }
  if (request_.method == Method::kPost) {
    header_list_->add("Expect:");  // no waiting for "100 Continue"
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request_.body.data());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request_.body.size()));
  } else {
    curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
  }
  const char* const name = request_.method == Method::kOptions ? "OPTIONS" : nullptr;
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, name);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, header_list_->list);
}

}  // namespace idpwatch::net
