// Which connections are kept, and what happens when a kept one turns out to be dead.
#include "tests/unit/net/client_fixture.hpp"

#include <catch2/catch.hpp>

using namespace idpwatch;
using namespace idpwatch::fakes;

namespace {

net::HttpClientOptions keeping(std::size_t connections) {
  net::HttpClientOptions options;
  options.kept_connections = connections;
  return options;
}

}  // namespace

TEST_CASE("a second request finds the connection of the first", "[net]") {
  RawServer server(always(http_message(200, "{}", {"Date: Sun, 06 Nov 1994 08:49:37 GMT"})));
  ClientFixture fixture;
  CHECK_FALSE(fixture.fetch(get(server.url())).reused_connection);
  const auto second = fixture.fetch(get(server.url("/other")));
  CHECK(second.reused_connection);
  CHECK(second.phases.connect_us == 0);
  CHECK(second.phases.dns_us == 0);
  CHECK(second.clock);
  CHECK(second.address == "127.0.0.1:" + std::to_string(server.port()));
  CHECK(server.connections() == 1);
  CHECK(fixture.client.counters().kept == 1);
}

TEST_CASE("a fresh connection is opened when it is asked for", "[net]") {
  RawServer server(always(http_message(200, "{}")));
  ClientFixture fixture;
  net::HttpRequest request = get(server.url());
  fixture.fetch(request);
  request.fresh_connection = true;
  CHECK_FALSE(fixture.fetch(request).reused_connection);
  CHECK(server.connections() == 2);
}

TEST_CASE("no more connections are kept than allowed, and those in use keep their place", "[net]") {
  std::vector<std::unique_ptr<RawServer>> servers;
  std::vector<net::HttpRequest> requests;
  for (int i = 0; i < 5; ++i) {
    servers.push_back(std::make_unique<RawServer>(always(http_message(200, "{}"))));
    requests.push_back(get(servers.back()->url()));
  }
  ClientFixture fixture(keeping(2));
  for (int round = 0; round < 3; ++round) fixture.fetch_all(requests);
  int kept = 0;
  for (const auto& server : servers) {
    CHECK((server->connections() == 1 || server->connections() == 3));
    if (server->connections() == 1) ++kept;
  }
  CHECK(kept == 2);
  CHECK(fixture.client.counters().kept == 2);
  fixture.client.keep_connections(1);
  CHECK(fixture.client.counters().kept == 1);
}

TEST_CASE("a place that was not used for long goes to another", "[net]") {
  RawServer first(always(http_message(200, "{}")));
  RawServer second(always(http_message(200, "{}")));
  net::HttpClientOptions options = keeping(1);
  options.idle_for = base::Duration{0};
  ClientFixture fixture(options);
  fixture.fetch(get(first.url()));
  fixture.fetch(get(second.url()));
  fixture.fetch(get(second.url("/again")));
  CHECK(fixture.client.counters().kept == 1);
}

TEST_CASE("with none kept each request connects", "[net]") {
  RawServer server(always(http_message(200, "{}")));
  ClientFixture fixture(keeping(0));
  for (int i = 0; i < 3; ++i) CHECK_FALSE(fixture.fetch(get(server.url())).reused_connection);
  CHECK(server.connections() == 3);
}

TEST_CASE("a kept connection closed by the server costs nothing", "[net]") {
  RawServer server([](RawConnection& connection, const std::string&) {
    connection.send(http_message(200, "{}"));
    return false;  // although it promised to stay
  });
  ClientFixture fixture;
  for (int i = 0; i < 3; ++i) {
    const auto response = fixture.fetch(get(server.url()));
    CHECK_FALSE(response.failure);
    CHECK(response.status == 200);
  }
  CHECK(server.connections() == 3);
}

TEST_CASE("a request that fails on a kept connection is repeated once on a fresh one", "[net]") {
  const std::string half = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf";
  RawServer server([&half](RawConnection& connection, const std::string&) {
    if (connection.request_number == 1) return connection.send(http_message(200, "{}"));
    connection.send(half);
    return false;
  });
  ClientFixture fixture;
  fixture.fetch(get(server.url()));
  const auto response = fixture.fetch(get(server.url()));
  CHECK_FALSE(response.failure);
  CHECK(response.body == "{}");
  CHECK(response.repeated);
  CHECK_FALSE(response.reused_connection);
  CHECK(server.connections() == 2);
  CHECK(server.requests() == 3);
  CHECK(fixture.client.counters().repeated == 1);
  CHECK(fixture.client.counters().failed == 0);
}

TEST_CASE("the repeat is not repeated", "[net]") {
  RawServer server([](RawConnection& connection, const std::string&) {
    if (connection.connection_number == 1 && connection.request_number == 1) {
      return connection.send(http_message(200, "{}"));
    }
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    return false;
  });
  ClientFixture fixture;
  fixture.fetch(get(server.url()));
  const auto response = fixture.fetch(get(server.url()));
  REQUIRE(response.failure);
  CHECK(response.failure->kind == model::FailureKind::kBody);
  CHECK(response.repeated);
  CHECK(server.requests() == 3);
  // A first one on a fresh connection counts at once.
  CHECK(fixture.fetch(get(server.url())).failure);
  CHECK(server.requests() == 4);
}

TEST_CASE("a kept connection that swallows requests is found out by its timeout", "[net]") {
  RawServer server([](RawConnection& connection, const std::string&) {
    if (connection.request_number == 1) return connection.send(http_message(200, "{}"));
    connection.hang();
    return false;
  });
  ClientFixture fixture;
  net::HttpRequest request = get(server.url());
  request.total_timeout = base::milliseconds(200);
  fixture.fetch(request);
  const auto response = fixture.fetch(request);
  CHECK_FALSE(response.failure);
  CHECK(response.repeated);
}

TEST_CASE("what was posted is not posted again once it may have been taken", "[net]") {
  RawServer server([](RawConnection& connection, const std::string&) {
    if (connection.request_number == 1) return connection.send(http_message(200, "{}"));
    connection.send("HTTP/1.1 202 Accepted\r\nContent-Length: 10\r\n\r\nhalf");
    return false;
  });
  ClientFixture fixture;
  net::HttpRequest request = get(server.url());
  request.method = net::Method::kPost;
  request.body = "{}";
  fixture.fetch(request);
  const auto response = fixture.fetch(request);
  CHECK(response.failure);
  CHECK(server.requests() == 2);
}

TEST_CASE("at most two requests go to one host at a time", "[net]") {
  std::atomic<int> now = 0;
  std::atomic<int> most = 0;
  RawServer server([&](RawConnection& connection, const std::string&) {
    const int running = ++now;
    int seen = most;
    while (running > seen && !most.compare_exchange_weak(seen, running)) {
    }
    --now;
    return connection.send(http_message(200, "{}"));
  });
  ClientFixture fixture;
  const std::vector<net::HttpRequest> requests(20, get(server.url()));
  for (const auto& response : fixture.fetch_all(requests)) CHECK(response.status == 200);
  CHECK(most <= 2);
  CHECK(server.connections() <= 2);
}

TEST_CASE("the number of requests at once is bounded in all", "[net]") {
  std::vector<std::unique_ptr<RawServer>> servers;
  std::vector<net::HttpRequest> requests;
  for (int i = 0; i < 6; ++i) {
    servers.push_back(std::make_unique<RawServer>(always(http_message(200, "{}"))));
    for (int j = 0; j < 4; ++j) requests.push_back(get(servers.back()->url()));
  }
  net::HttpClientOptions options;
  options.running = 3;
  ClientFixture fixture(options);
  for (const auto& request : requests) {
    fixture.client.start(request, [](const net::HttpResponse&) {});
  }
  CHECK(fixture.client.counters().running == 3);
  CHECK(fixture.client.counters().waiting == 21);
  while (fixture.client.counters().finished < requests.size()) {
    fixture.loop->turn(base::seconds(1));
    CHECK(fixture.client.counters().running <= 3);
  }
}

TEST_CASE("where none is kept, a connection still serves the request that follows", "[net]") {
  RawServer server(always(http_message(200, "{}")));
  ClientFixture fixture(keeping(0));
  net::HttpRequest first = get(server.url("/first"));
  first.another_follows = true;
  for (int i = 0; i < 3; ++i) {
    CHECK_FALSE(fixture.fetch(first).reused_connection);
    CHECK(fixture.fetch(get(server.url("/second"))).reused_connection);
  }
  CHECK(server.connections() == 3);
  CHECK(fixture.client.counters().kept == 0);
}
