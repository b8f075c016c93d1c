#include "net/http_client.hpp"

#include "net/http_engine.hpp"

namespace idpwatch::net {

HttpClient::HttpClient(EventLoop& loop, const base::Clock& clock, HttpClientOptions options)
    : engine_(std::make_unique<Engine>(loop, clock, std::move(options))) {}

HttpClient::~HttpClient() = default;

RequestId HttpClient::start(HttpRequest request, Callback done) {
  return engine_->start(std::move(request), std::move(done));
}

void HttpClient::cancel(RequestId id) { engine_->cancel(id); }

HttpClientCounters HttpClient::counters() const { return engine_->counters(); }

void HttpClient::look_at_files() { engine_->look_at_files(); }

void HttpClient::keep_connections(std::size_t number) { engine_->keep_connections(number); }

}  // namespace idpwatch::net
