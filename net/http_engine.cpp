#include "net/http_engine.hpp"

#include "base/assert.hpp"
#include "base/time.hpp"
#include "net/proxy.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <csignal>

namespace idpwatch::net {

namespace {

void initialise_curl() {
  static const CURLcode once = [] {
    // With CURLOPT_NOSIGNAL libcurl leaves this to us, and OpenSSL writes to closed connections.
    std::signal(SIGPIPE, SIG_IGN);
    return curl_global_init(CURL_GLOBAL_DEFAULT);
  }();
  IDPWATCH_ASSERT(once == CURLE_OK);
}

bool clean(std::string_view text) {
  return std::ranges::none_of(
      text, [](char c) { return static_cast<unsigned char>(c) < ' ' && c != '\t'; });
}

// What cannot even be asked: nullopt when it can.
std::optional<model::Failure> unaskable(const HttpRequest& request, const base::Url& url) {
  for (const auto& [name, value] : request.headers) {
    if (!clean(name) || !clean(value)) {
      return model::Failure{model::FailureKind::kHttp, model::FailureDetail::kNone,
                            "a request header contains control characters"};
    }
  }
  // Judged here as well, since behind a proxy no address of ours is ever connected to.
  if (is_address_literal(url.host)) {
    const AddressClass what = classify_address(std::string_view(url.host));
    if (refused(what, request.addresses)) {
      return model::Failure{model::FailureKind::kConnect, model::FailureDetail::kAddressRefused,
                            "refused to speak to a " + std::string(describe(what))};
    }
  }
  return std::nullopt;
}

// Beyond that libcurl says that there is no memory for the request. Servers need not take more than
// 8000 octets (RFC 9110 section 4.1).
constexpr std::size_t kUrlMax = std::size_t{64} * 1024;

std::optional<model::Failure> prepare(Transfer& transfer) {
  const HttpRequest& request = transfer.request();
  transfer.endpoint = request.endpoint;
  if (!transfer.endpoint) {
    base::Result<base::Url> parsed = base::parse_url(request.url);
    if (!parsed) {
      return model::Failure{model::FailureKind::kHttp, model::FailureDetail::kNone,
                            parsed.error().message};
    }
    transfer.endpoint = make_endpoint(request.url, std::move(*parsed));
  }
  if (transfer.endpoint->text.size() > kUrlMax) {
    return model::Failure{model::FailureKind::kHttp, model::FailureDetail::kNone,
                          "the address is longer than " + base::format_size(kUrlMax)};
  }
  return unaskable(request, transfer.endpoint->url);
}

QueueLimits limits_of(const HttpClientOptions& options) {
  QueueLimits limits;
  limits.quick = options.running;
  limits.slow = options.hanging;
  limits.for_messages = options.for_messages;
  return limits;
}

// Its name's resolution and its connection.
constexpr std::size_t kSpareForAMessage = 4;
constexpr base::Duration kLookAtFilesEvery = base::seconds(10);
constexpr base::Duration kAnswerAfter = base::milliseconds(200);

}  // namespace

HttpClient::Engine::Engine(EventLoop& loop, const base::Clock& clock, HttpClientOptions options)
    : loop_(loop),
      clock_(clock),
      options_(std::move(options)),
      pool_(options_.kept_connections),
      queue_(limits_of(options_)),
      spare_(kSpareForAMessage),
      mail_(loop) {
  initialise_curl();
  if (options_.user_agent.empty()) options_.user_agent = user_agent();
}

HttpClient::Engine::~Engine() {
  while (!transfers_.empty()) cancel(transfers_.begin()->first);
  loop_.cancel(wake_);
  loop_.cancel(look_at_files_);
  loop_.cancel(leave_);
}

RequestId HttpClient::Engine::start(HttpRequest request, Callback done) {
  const RequestId id = next_id_++;
  ++counters_.started;
  if (request.mail) {
    start_letter(id, std::move(request), std::move(done));
    return id;
  }
  auto transfer =
      std::make_unique<Transfer>(id, std::move(request), std::move(done), clock_, shortage_);
  auto failure = prepare(*transfer);
  if (!failure) failure = read_tls_files(*transfer);
  if (failure) {
    fail_soon(std::move(transfer), std::move(*failure));
    return id;
  }
  const base::Duration now = loop_.now().boottime;
  transfer->asked_at = now;
  const HttpRequest& asked = transfer->request();
  queue_.add(id, transfer->endpoint->url.host_port(), asked.on_behalf_of, asked.urgent, now);
  transfers_.emplace(id, std::move(transfer));
  begin_next();
  return id;
}

void HttpClient::Engine::start_letter(RequestId id, HttpRequest request, Callback done) {
  TrustPtr trust;
  if (request.mail->require_tls || request.url.starts_with("smtps:")) {
    auto read = files_.trust(trust_source(request.ca_file, options_.environment));
    if (!read) {
      auto transfer =
          std::make_unique<Transfer>(id, std::move(request), std::move(done), clock_, shortage_);
      fail_soon(std::move(transfer),
                {model::FailureKind::kTls, model::FailureDetail::kOurs, read.error().text()});
      return;
    }
    trust = std::move(*read);
    if (look_at_files_ == 0) plan_look_at_files(kLookAtFilesEvery, true);
  }
  mail_.start(id, std::move(request), std::move(trust),
              [this, done = std::move(done)](HttpResponse&& response) {
                ++counters_.finished;
                if (response.failure) ++counters_.failed;
                done(std::move(response));
              });
}

void HttpClient::Engine::fail_soon(std::unique_ptr<Transfer> transfer, model::Failure failure) {
  const RequestId id = transfer->id();
  transfers_.emplace(id, std::move(transfer));
  loop_.soon([this, id, failure = std::move(failure)](const Now&) {
    auto node = transfers_.extract(id);
    if (node.empty()) return;  // cancelled
    ++counters_.finished;
    ++counters_.failed;
    HttpResponse response;
    response.failure = failure;
    node.mapped()->done(std::move(response));
  });
}

void HttpClient::Engine::begin_next() {
  const base::Duration now = loop_.now().boottime;
  while (const auto id = queue_.next(now)) {
    Transfer& transfer = *transfers_.at(*id);
    transfer.waited = now - transfer.asked_at;
    begin(transfer, transfer.request().fresh_connection);
  }
  wake_when_due();
}

// Only while somebody waits.
void HttpClient::Engine::wake_when_due() {
  const std::optional<base::Duration> at = queue_.wake_at();
  if (at == wake_at_) return;
  loop_.cancel(wake_);
  wake_ = 0;
  wake_at_ = at;
  if (!at) return;
  wake_ = loop_.at(*at, [this](const Now&) {
    wake_at_.reset();
    begin_next();
  });
}

void HttpClient::Engine::begin(Transfer& transfer, bool fresh) {
  if (transfer.request().urgent && few_descriptors_left()) spare_.release();
  // Read again while it waited.
  if ((transfer.trust && transfer.trust->replaced) ||
      (transfer.client && transfer.client->replaced)) {
    (void)read_tls_files(transfer);
  }
  transfer.attach(handle_for(transfer, fresh), fresh);
  transfer.handle()->multi().add(transfer.handle()->easy());
}

// Of the route, and before the request takes a place in the queue: without them there is nothing to
// wait for.
std::optional<model::Failure> HttpClient::Engine::read_tls_files(Transfer& transfer) {
  const HttpRequest& request = transfer.request();
  const base::Url& url = transfer.endpoint->url;
  transfer.proxy = effective_proxy(url, request.proxy, options_.environment);
  if (!url.https() && !transfer.proxy.starts_with("https:")) return std::nullopt;
  const auto failed = [](const base::Error& error) {
    return model::Failure{model::FailureKind::kTls, model::FailureDetail::kOurs, error.text()};
  };
  auto trust = request.trust ? files_.trust(*request.trust)
                             : files_.trust(trust_source(request.ca_file, options_.environment));
  if (!trust) return failed(trust.error());
  transfer.trust = std::move(*trust);
  if (request.client_cert && url.https()) {
    auto client =
        files_.client_identity(*request.client_cert, request.client_key_file.value_or(""));
    if (!client) return failed(client.error());
    transfer.client = std::move(*client);
  }
  if (look_at_files_ == 0) plan_look_at_files(kLookAtFilesEvery, true);
  return std::nullopt;
}

// The files are read elsewhere; a moment later the answer is there, as a rule.
void HttpClient::Engine::plan_look_at_files(base::Duration wait, bool begin) {
  look_at_files_ = loop_.at(loop_.now().boottime + wait, [this, begin](const Now&) {
    if (files_.take_check()) drop_outdated();
    if (begin) files_.begin_check();
    plan_look_at_files(begin ? kAnswerAfter : kLookAtFilesEvery - kAnswerAfter, !begin);
  });
}

void HttpClient::Engine::look_at_files() {
  files_.take_check();
  files_.check_now();
  drop_outdated();
}

// Those under way go on, and are not kept.
void HttpClient::Engine::drop_outdated() {
  pool_.drop_outdated();
  std::erase_if(multis_, [](const auto& entry) {
    const TrustPtr& trust = entry.first.first;
    return trust && trust->replaced;
  });
}

std::unique_ptr<TransferHandle> HttpClient::Engine::handle_for(const Transfer& transfer,
                                                               bool fresh) {
  const HttpRequest& request = transfer.request();
  Route route{.origin = transfer.endpoint->url.origin(),
              .proxy = transfer.proxy,
              .trust = transfer.trust,
              .client = transfer.client,
              .http2 = request.http2,
              .ip_version = request.ip_version};
  const base::Duration now = loop_.now().boottime;
  pool_.drop_idle_since(now - options_.idle_for);
  // A fresh connection is to be as good as a first one: no TLS session of an earlier one either.
  if (!fresh) {
    route.write_key(key_);
    if (auto handle = pool_.take(key_)) return handle;
  }
  auto multi = multi_for(route);
  auto handle =
      std::make_unique<TransferHandle>(std::move(route), std::move(multi), options_.user_agent);
  handle->kept = pool_.reserve();
  return handle;
}

std::shared_ptr<MultiHandle> HttpClient::Engine::multi_for(const Route& route) {
  auto& multi = multis_[{route.trust, route.ip_version}];
  if (!multi) {
    multi = std::make_shared<MultiHandle>(loop_, clock_,
                                          [this](void* easy, int code) { finished(easy, code); });
  }
  return multi;
}

void HttpClient::Engine::finished(void* easy, int code) {
  TransferHandle* found = nullptr;
  curl_easy_getinfo(easy, CURLINFO_PRIVATE, &found);
  Transfer* transfer = found->transfer;
  const bool again = transfer->worth_a_repeat(code);
  HttpResponse response;
  if (!again) response = transfer->finish(code);
  long connects = 0;
  curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &connects);
  counters_.connections_opened += static_cast<std::uint64_t>(std::max(connects, 0L));

  found->multi().remove(easy);
  std::unique_ptr<TransferHandle> handle = transfer->detach();
  const bool well = code == CURLE_OK && !handle->route().outdated();
  if (handle->kept && well) {
    pool_.give_back(std::move(handle), loop_.now().boottime);
  } else if (handle->kept) {
    pool_.forget();
  } else if (well && transfer->request().another_follows) {
    pool_.lend(std::move(handle));
  }
  let_go(std::move(handle));
  if (again) {
    transfer->repeated = true;
    ++counters_.repeated;
    return begin(*transfer, true);
  }
  auto node = transfers_.extract(transfer->id());
  const bool timed_out = code == CURLE_OPERATION_TIMEDOUT;
  queue_.ended(node.mapped()->id(), timed_out, loop_.now().boottime);
  begin_next();
  if (node.mapped()->request().urgent) spare_.refill();
  ++counters_.finished;
  if (response.failure) ++counters_.failed;
  node.mapped()->done(std::move(response));
}

void HttpClient::Engine::cancel(RequestId id) {
  if (mail_.cancel(id)) return;
  auto node = transfers_.extract(id);
  if (node.empty()) return;
  Transfer& transfer = *node.mapped();
  if (transfer.handle() != nullptr) {
    // While it is taken off, libcurl may go on with a handshake, and call back.
    transfer.handle()->multi().remove(transfer.handle()->easy());
    std::unique_ptr<TransferHandle> handle = transfer.detach();
    if (handle->kept) pool_.forget();
    let_go(std::move(handle));
  }
  queue_.cancelled(id, loop_.now().boottime);
  begin_next();
}

// The last handle of a multi handle takes that with it, which may be speaking to us right now.
void HttpClient::Engine::let_go(std::unique_ptr<TransferHandle> handle) {
  if (!handle || !handle->last_of_multi()) return;
  leaving_.push_back(std::move(handle));
  if (leave_ != 0) return;
  leave_ = loop_.soon([this](const Now&) {
    leave_ = 0;
    leaving_.clear();
  });
}

HttpClientCounters HttpClient::Engine::counters() const {
  HttpClientCounters now = counters_;
  now.running = queue_.running();
  now.waiting = queue_.waiting();
  now.kept = pool_.kept();
  return now;
}

}  // namespace idpwatch::net
