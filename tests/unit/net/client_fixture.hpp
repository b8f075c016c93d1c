// A loop, a client and a way to wait for one answer.
#pragma once

#include "net/event_loop.hpp"
#include "net/http_client.hpp"
#include "tests/fakes/raw_server.hpp"

#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

namespace idpwatch::fakes {

class ClientFixture {
 public:
  explicit ClientFixture(net::HttpClientOptions options = {})
      : loop(net::EventLoop::create(clock).value()), client(*loop, clock, std::move(options)) {}

  // Turns the loop until all the requests are answered.
  std::vector<net::HttpResponse> fetch_all(const std::vector<net::HttpRequest>& requests) {
    std::vector<net::HttpResponse> responses(requests.size());
    std::size_t left = requests.size();
    for (std::size_t i = 0; i < requests.size(); ++i) {
      client.start(requests[i], [&responses, &left, i](net::HttpResponse response) {
        responses[i] = std::move(response);
        --left;
      });
    }
    const base::Duration end = clock.boottime() + base::seconds(20);
    while (left > 0) {
      if (clock.boottime() > end) throw std::runtime_error("no answer within 20 s");
      loop->turn(base::milliseconds(500));
    }
    return responses;
  }

  net::HttpResponse fetch(const net::HttpRequest& request) { return fetch_all({request}).front(); }

  base::SystemClock clock;
  std::unique_ptr<net::EventLoop> loop;
  net::HttpClient client;
};

inline net::HttpRequest get(std::string url) {
  net::HttpRequest request;
  request.url = std::move(url);
  request.proxy = "";
  return request;
}

inline net::HttpRequest get(std::string url, const TestCa& ca) {
  net::HttpRequest request = get(std::move(url));
  request.ca_file = ca.file();
  return request;
}

// Answers every request alike and keeps the connection.
inline RawServer::Script always(std::string bytes) {
  return [bytes = std::move(bytes)](RawConnection& connection, const std::string&) {
    return connection.send(bytes);
  };
}

}  // namespace idpwatch::fakes
