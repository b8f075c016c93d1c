#include "net/http_engine.hpp"

#include "base/assert.hpp"
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
                            "a header of the request holds control characters"};
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
  return unaskable(request, transfer.endpoint->url);
}

}  // namespace

HttpClient::Engine::Engine(EventLoop& loop, const base::Clock& clock, HttpClientOptions options)
    : loop_(loop), clock_(clock), options_(std::move(options)), pool_(options_.kept_connections) {
  initialise_curl();
  if (options_.user_agent.empty()) options_.user_agent = user_agent();
}

HttpClient::Engine::~Engine() {
  while (!transfers_.empty()) cancel(transfers_.begin()->first);
}

RequestId HttpClient::Engine::start(HttpRequest request, Callback done) {
  const RequestId id = next_id_++;
  ++counters_.started;
  auto transfer = std::make_unique<Transfer>(id, std::move(request), std::move(done), clock_);
  if (auto failure = prepare(*transfer)) {
    fail_soon(std::move(transfer), std::move(*failure));
    return id;
  }
  Host& host = host_of(transfer->endpoint->host_port);
  transfers_.emplace(id, std::move(transfer));
  if (host.running >= options_.per_host) {
    host.waiting.push_back(id);
    return id;
  }
  ++host.running;
  ready_.push_back(id);
  begin_ready();
  return id;
}

// Kept from one request to the next; with many that are idle, what redirects and documents led to
// once is dropped.
HttpClient::Engine::Host& HttpClient::Engine::host_of(const std::string& host_port) {
  constexpr std::size_t kMostIdle = 1024;
  if (hosts_.size() > kMostIdle + transfers_.size()) {
    std::erase_if(hosts_, [](const auto& entry) { return entry.second.running == 0; });
  }
  return hosts_[host_port];
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

void HttpClient::Engine::begin_ready() {
  while (running_ < options_.running && !ready_.empty()) {
    const auto found = transfers_.find(ready_.front());
    ready_.pop_front();
    if (found == transfers_.end()) continue;  // cancelled; it gave its turn back then
    ++running_;
    begin(*found->second, found->second->request().fresh_connection);
  }
}

void HttpClient::Engine::begin(Transfer& transfer, bool fresh) {
  transfer.attach(handle_for(transfer.request(), *transfer.endpoint, fresh), fresh);
  transfer.handle()->multi().add(transfer.handle()->easy());
}

std::unique_ptr<TransferHandle> HttpClient::Engine::handle_for(const HttpRequest& request,
                                                               const Endpoint& endpoint,
                                                               bool fresh) {
  Route route{.origin = endpoint.origin,
              .proxy = effective_proxy(endpoint.url, request.proxy, options_.environment),
              .trust = trust_source(request.ca_file, options_.environment),
              .client_cert = request.client_cert.value_or(""),
              .client_key = request.client_key_file.value_or(""),
              .http2 = request.http2,
              .ip_version = request.ip_version};
  const base::Duration now = loop_.now().boottime;
  pool_.drop_idle_since(now - options_.idle_for);
  // A fresh connection is to be as good as a first one: no TLS session of an earlier one either.
  if (!fresh) {
    route.write_key(key_);
    if (auto handle = pool_.take(key_)) return handle;
  }
  MultiHandle& multi = multi_for(route);
  auto handle = std::make_unique<TransferHandle>(std::move(route), multi, options_.user_agent);
  handle->kept = pool_.reserve();
  return handle;
}

MultiHandle& HttpClient::Engine::multi_for(const Route& route) {
  auto& multi = multis_[{route.trust, route.ip_version}];
  if (!multi) {
    multi = std::make_unique<MultiHandle>(loop_, clock_,
                                          [this](void* easy, int code) { finished(easy, code); });
  }
  return *multi;
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

  std::unique_ptr<TransferHandle> handle = transfer->detach();
  handle->multi().remove(easy);
  if (handle->kept && code == CURLE_OK) {
    pool_.give_back(std::move(handle), loop_.now().boottime);
  } else if (handle->kept) {
    pool_.forget();
  } else if (code == CURLE_OK && transfer->request().another_follows) {
    pool_.lend(std::move(handle));
  }
  handle.reset();
  if (again) {
    transfer->repeated = true;
    ++counters_.repeated;
    return begin(*transfer, true);
  }
  auto node = transfers_.extract(transfer->id());
  --running_;
  release(*node.mapped());
  ++counters_.finished;
  if (response.failure) ++counters_.failed;
  node.mapped()->done(std::move(response));
}

void HttpClient::Engine::release(const Transfer& transfer) {
  Host& host = hosts_.at(transfer.endpoint->host_port);
  --host.running;
  while (!host.waiting.empty() && host.running < options_.per_host) {
    const RequestId next = host.waiting.front();
    host.waiting.erase(host.waiting.begin());
    if (!transfers_.contains(next)) continue;
    ++host.running;
    ready_.push_back(next);
  }
  begin_ready();
}

void HttpClient::Engine::cancel(RequestId id) {
  auto node = transfers_.extract(id);
  if (node.empty()) return;
  Transfer& transfer = *node.mapped();
  if (transfer.handle() != nullptr) {
    const std::unique_ptr<TransferHandle> handle = transfer.detach();
    handle->multi().remove(handle->easy());
    if (handle->kept) pool_.forget();
    --running_;
    return release(transfer);
  }
  // It waits: for a place among all (then it holds its host's turn), for its host, or to be told
  // that it cannot be asked.
  if (std::erase(ready_, id) > 0) return release(transfer);
  if (!transfer.endpoint) return;
  const auto host = hosts_.find(transfer.endpoint->host_port);
  if (host != hosts_.end()) std::erase(host->second.waiting, id);
}

HttpClientCounters HttpClient::Engine::counters() const {
  HttpClientCounters now = counters_;
  now.running = running_;
  now.waiting = transfers_.size() - running_;
  now.kept = pool_.kept();
  return now;
}

}  // namespace idpwatch::net
