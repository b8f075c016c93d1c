// What a well-behaved exchange looks like.
#include "base/digest.hpp"
#include "tests/unit/net/client_fixture.hpp"

#include <catch2/catch.hpp>

using namespace idpwatch;
using namespace idpwatch::fakes;

namespace {

const std::string kDate = "Date: Sun, 06 Nov 1994 08:49:37 GMT";

bool has(const std::string& head, const std::string& line) {
  return head.find("\r\n" + line + "\r\n") != std::string::npos;
}

}  // namespace

TEST_CASE("an answer comes with status, header, body, phases and peer", "[net]") {
  RawServer server(always(http_message(200, "{}", {kDate, "Content-Type: application/json"})));
  ClientFixture fixture;
  const auto response = fixture.fetch(get(server.url("/a?b=c")));
  CHECK_FALSE(response.failure);
  CHECK(response.status == 200);
  CHECK(response.body == "{}");
  REQUIRE(response.header("content-type") != nullptr);
  CHECK(*response.header("content-type") == "application/json");
  CHECK(response.header("x-none") == nullptr);
  CHECK(response.address == "127.0.0.1:" + std::to_string(server.port()));
  CHECK_FALSE(response.reused_connection);
  CHECK(response.phases.connect_us > 0);
  CHECK(response.phases.tls_us == 0);
  CHECK(response.phases.total_us >= response.phases.first_byte_us);
  CHECK_FALSE(response.tls);
  const std::string head = server.heads().front();
  CHECK(head.starts_with("GET /a?b=c HTTP/1.1\r\n"));
  CHECK(has(head, "User-Agent: " + net::user_agent()));
  CHECK(has(head, "Accept-Encoding: gzip"));
}

TEST_CASE("the request's own headers and a POST's body are sent", "[net]") {
  RawServer server([](RawConnection& connection, const std::string&) {
    return connection.send(http_message(200, "got " + connection.body));
  });
  ClientFixture fixture;
  net::HttpRequest request = get(server.url());
  request.method = net::Method::kPost;
  request.headers = {{"Content-Type", "application/json"}, {"X-Token", "a"}};
  request.body = std::string("{\"a\":\0}", 7);
  const auto response = fixture.fetch(request);
  CHECK(response.body == "got " + request.body);
  CHECK(has(server.heads().front(), "X-Token: a"));
  CHECK(has(server.heads().front(), "Content-Type: application/json"));
  CHECK(server.heads().front().find("Expect") == std::string::npos);
}

TEST_CASE("a gzip body arrives unpacked", "[net]") {
  const std::string body(5000, 'k');
  RawServer server(always(http_message(200, gzip(body), {"Content-Encoding: gzip"})));
  ClientFixture fixture;
  const auto response = fixture.fetch(get(server.url()));
  CHECK_FALSE(response.failure);
  CHECK(response.body == body);
}

TEST_CASE("interim responses are skipped and do not date the answer", "[net]") {
  RawServer server(
      always("HTTP/1.1 103 Early Hints\r\nDate: Mon, 07 Nov 1994 08:49:37 GMT\r\n"
             "X-Early: 1\r\n\r\n" +
             http_message(200, "{}", {kDate})));
  ClientFixture fixture;
  const auto response = fixture.fetch(get(server.url()));
  CHECK(response.status == 200);
  CHECK(response.header("x-early") == nullptr);
  REQUIRE(response.clock);
  CHECK(base::to_unix_seconds(response.clock->date) == 784111777);
}

TEST_CASE("a sample of the clock holds the instants around the Date line", "[net]") {
  RawServer server(always(http_message(200, "{}", {kDate, "Age: 42"})));
  ClientFixture fixture;
  const base::Instant before = fixture.clock.wall();
  const auto response = fixture.fetch(get(server.url()));
  const base::Instant after = fixture.clock.wall();
  REQUIRE(response.clock);
  CHECK(before <= response.clock->sent);
  CHECK(response.clock->sent < response.clock->received);
  CHECK(response.clock->received <= after);
  CHECK(response.clock->age_s == 42);
  CHECK(response.clock->boottime_received <= fixture.clock.boottime());
}

TEST_CASE("all three forms of an HTTP date are read, everything else is no sample", "[net]") {
  const auto sample = [](const std::vector<std::string>& headers) {
    RawServer server(always(http_message(200, "{}", headers)));
    ClientFixture fixture;
    const auto response = fixture.fetch(get(server.url()));
    CHECK(response.status == 200);
    return response.clock ? base::to_unix_seconds(response.clock->date) : -1;
  };
  CHECK(sample({"date: Sunday, 06-Nov-94 08:49:37 GMT"}) == 784111777);
  CHECK(sample({"DATE:Sun Nov  6 08:49:37 1994"}) == 784111777);
  CHECK(sample({"Date: Sun, 06 Nov 1994 08:49:37 +0100"}) == -1);
  CHECK(sample({"Date: 0"}) == -1);
  CHECK(sample({}) == -1);
  CHECK(sample({kDate, "Date: Sun, 06 Nov 1994 08:49:38 GMT"}) == -1);
}

TEST_CASE("errors of the server are answers, their dates count too", "[net]") {
  RawServer server(always(http_message(503, "busy", {kDate})));
  ClientFixture fixture;
  const auto response = fixture.fetch(get(server.url()));
  CHECK_FALSE(response.failure);
  CHECK(response.status == 503);
  CHECK(response.body == "busy");
  CHECK(response.clock);
}

TEST_CASE("redirects are left to the caller", "[net]") {
  RawServer server(always(http_message(302, "", {"Location: /elsewhere"})));
  ClientFixture fixture;
  const auto response = fixture.fetch(get(server.url()));
  CHECK(response.status == 302);
  CHECK(server.requests() == 1);
}

TEST_CASE("the callback never comes from within start, and not after cancel", "[net]") {
  RawServer server(always(http_message(200, "{}")));
  ClientFixture fixture;
  int called = 0;
  const auto count = [&](const net::HttpResponse&) { ++called; };
  const net::RequestId bad = fixture.client.start(get("gopher://x"), count);
  const net::RequestId literal = fixture.client.start(get("http://169.254.169.254/"), count);
  const net::RequestId good = fixture.client.start(get(server.url()), count);
  CHECK(called == 0);
  fixture.client.cancel(bad);
  fixture.client.cancel(literal);
  fixture.client.cancel(good);
  fixture.client.cancel(good);
  CHECK(fixture.fetch(get(server.url())).status == 200);
  CHECK(called == 0);
  CHECK(fixture.client.counters().running == 0);
  CHECK(fixture.client.counters().waiting == 0);
}

TEST_CASE("of requests that fail in one turn, the first to be told may cancel the others",
          "[net]") {
  ClientFixture fixture;
  std::vector<net::RequestId> ids;
  int called = 0;
  for (int i = 0; i < 2; ++i) {
    ids.push_back(
        fixture.client.start(get("http://127.0.0.1:1/"), [&](const net::HttpResponse& response) {
          CHECK(response.failure);
          ++called;
          for (const net::RequestId id : ids) fixture.client.cancel(id);
        }));
  }
  CHECK(called == 0);
  while (called == 0) fixture.loop->turn(base::milliseconds(20));
  fixture.loop->turn(base::milliseconds(0));
  CHECK(called == 1);
  CHECK(fixture.client.counters().running == 0);
}

TEST_CASE("a client can go while requests run", "[net]") {
  RawServer server([](RawConnection& connection, const std::string&) {
    connection.hang();
    return false;
  });
  int called = 0;
  {
    ClientFixture fixture;
    for (int i = 0; i < 5; ++i) {
      fixture.client.start(get(server.url()), [&](const net::HttpResponse&) { ++called; });
    }
    while (server.requests() < 2) fixture.loop->turn(base::milliseconds(20));
  }
  CHECK(called == 0);
}

TEST_CASE("control characters cannot be smuggled into a request", "[net]") {
  ClientFixture fixture;
  net::HttpRequest request = get("http://localhost:1/");
  request.headers = {{"If-None-Match", "\"a\"\r\nX-Evil: 1"}};
  const auto response = fixture.fetch(request);
  REQUIRE(response.failure);
  CHECK(response.failure->kind == model::FailureKind::kHttp);
}
