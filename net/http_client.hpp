// The real HttpTransport: libcurl's multi engine driven by the loop.
//
// Bounded from the first line: body (as it comes and decompressed), headers in sum, time,
// connections. Few connections are kept, the others are closed after their transfer; an idle
// transfer handle is kept with each of them, since libcurl keeps TLS sessions there. A request
// that fails on a kept connection is repeated once on a fresh one before it counts.
//
// Single-threaded, like its loop; libcurl's resolver threads come on top. Must be destroyed before
// the loop and the clock.
#pragma once

#include "base/clock.hpp"
#include "base/environment.hpp"
#include "base/result.hpp"
#include "net/event_loop.hpp"
#include "net/http_transport.hpp"

#include <cstddef>
#include <memory>
#include <string>

namespace idpwatch::net {

struct HttpClientOptions {
  std::size_t kept_connections = 256;           // limits.connections; 0 keeps none
  std::size_t running = 256;                    // at once, in all; those that hang apart
  std::size_t hanging = 1024;                   // beside them (request_queue.hpp)
  std::size_t for_messages = 8;                 // beside both
  base::Duration idle_for = base::minutes(15);  // a connection unused for longer is not kept
  std::string user_agent;                       // empty: ours
  base::Environment environment;  // proxies and trust store variables are read from here
};

struct HttpClientCounters {
  std::uint64_t started = 0, finished = 0, failed = 0, repeated = 0, connections_opened = 0;
  std::size_t running = 0, waiting = 0, kept = 0;
};

class HttpClient final : public HttpTransport {
 public:
  HttpClient(EventLoop& loop, const base::Clock& clock, HttpClientOptions options);
  ~HttpClient() override;
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  RequestId start(HttpRequest request, Callback done) override;
  void cancel(RequestId id) override;

  [[nodiscard]] HttpClientCounters counters() const;
  // A reload may have changed it. Connections above the new number are closed when they fall idle.
  void keep_connections(std::size_t number);
  // At a reload: certificate files that changed hold from the next request on. (Otherwise they are
  // looked at every ten seconds.)
  void look_at_files();

 private:
  class Engine;
  std::unique_ptr<Engine> engine_;
};

// "idpwatch/VERSION (+https://github.com/idpwatch/idpwatch)".
std::string user_agent();

}  // namespace idpwatch::net
