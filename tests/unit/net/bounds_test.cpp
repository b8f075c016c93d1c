// What hostile servers do, and that memory and time stay bounded. What is asserted are bytes seen,
// not seconds.
#include "tests/unit/net/client_fixture.hpp"

#include <catch2/catch.hpp>

#include <sys/resource.h>

using namespace idpwatch;
using namespace idpwatch::fakes;
using model::FailureDetail;
using model::FailureKind;

namespace {

constexpr std::uint64_t kMuch = 256ULL * 1024 * 1024;
constexpr std::uint64_t kLimit = 64ULL * 1024;
constexpr std::uint64_t kOneRead = 64ULL * 1024;  // what may come in one piece beyond a limit

net::HttpRequest bounded(std::string url) {
  net::HttpRequest request = get(std::move(url));
  request.body_limit = kLimit;
  request.header_limit = 8ULL * 1024;
  return request;
}

long peak_kib() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

std::string chunk(const std::string& bytes) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string size;
  for (std::size_t rest = bytes.size(); rest > 0; rest /= 16) size.insert(0, 1, kHex[rest % 16]);
  return size + "\r\n" + bytes + "\r\n";
}

void check_too_large(const net::HttpResponse& response, FailureKind kind) {
  REQUIRE(response.failure);
  INFO(response.failure->message);
  CHECK(response.failure->kind == kind);
  CHECK(response.failure->detail == FailureDetail::kTooLarge);
  CHECK(response.body.empty());
}

// A server that sends `head` once and then `again` without end, and what it got rid of.
struct Flood {
  explicit Flood(std::string head, std::string again)
      : server([this, head = std::move(head), again = std::move(again)](RawConnection& connection,
                                                                        const std::string&) {
          if (connection.send(head)) sent = connection.flood(again, kMuch);
          return false;
        }) {}
  std::atomic<std::uint64_t> sent = 0;
  RawServer server;
};

}  // namespace

TEST_CASE("a body announced over the limit is refused before it comes", "[net]") {
  Flood flood("HTTP/1.1 200 OK\r\nContent-Length: 4294967296\r\n\r\n", std::string(1000, 'x'));
  ClientFixture fixture;
  const auto response = fixture.fetch(bounded(flood.server.url()));
  check_too_large(response, FailureKind::kBody);
  CHECK(response.status == 200);
  CHECK(response.body_bytes_seen <= kLimit);
}

TEST_CASE("an endless body without a length is cut at the limit", "[net]") {
  Flood flood("HTTP/1.1 200 OK\r\n\r\n", std::string(1000, 'x'));
  ClientFixture fixture;
  const auto response = fixture.fetch(bounded(flood.server.url()));
  check_too_large(response, FailureKind::kBody);
  CHECK(response.body_bytes_seen <= kLimit + kOneRead);
}

TEST_CASE("an endless chunked body is cut at the limit", "[net]") {
  Flood flood("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
              chunk(std::string(1000, 'x')));
  ClientFixture fixture;
  const auto response = fixture.fetch(bounded(flood.server.url()));
  check_too_large(response, FailureKind::kBody);
  CHECK(response.body_bytes_seen <= kLimit + kOneRead);
}

TEST_CASE("a gzip bomb is counted as it unpacks", "[net]") {
  const GzipBomb bomb = gzip_bomb();
  std::string again;
  for (int i = 0; i < 1000; ++i) again += bomb.again;  // 13 KB that yield 2 MB
  Flood flood("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n" +
                  chunk(bomb.begin),
              chunk(again));
  ClientFixture fixture;
  const long before = peak_kib();
  const auto response = fixture.fetch(bounded(flood.server.url()));
  check_too_large(response, FailureKind::kBody);
  CHECK(response.body_bytes_seen <= kLimit + kOneRead);
  CHECK(peak_kib() - before < 32 * 1024);
}

TEST_CASE("a stream that unpacks to nothing is cut all the same", "[net]") {
  // Empty stored blocks, for ever: RFC 1951 section 3.2.4.
  std::string again;
  for (int i = 0; i < 1000; ++i) again += std::string("\0\0\0\xff\xff", 5);
  Flood flood("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip_bomb().begin.substr(0, 10),
              again);
  ClientFixture fixture;
  const auto response = fixture.fetch(bounded(flood.server.url()));
  check_too_large(response, FailureKind::kBody);
  CHECK(response.body_bytes_seen == 0);
}

TEST_CASE("a flood of headers is cut at the limit", "[net]") {
  Flood flood("HTTP/1.1 200 OK\r\n", "X-Flood: " + std::string(500, 'x') + "\r\n");
  ClientFixture fixture;
  const auto response = fixture.fetch(bounded(flood.server.url()));
  check_too_large(response, FailureKind::kHttp);
  CHECK(response.header_bytes_seen <= 8 * 1024 + kOneRead);
}

TEST_CASE("a flood of interim responses is cut at the limit", "[net]") {
  Flood flood("", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
  ClientFixture fixture;
  const auto response = fixture.fetch(bounded(flood.server.url()));
  check_too_large(response, FailureKind::kHttp);
  CHECK(response.header_bytes_seen <= 8 * 1024 + kOneRead);
  CHECK(flood.sent < kMuch);
}

TEST_CASE("a flood of trailers is cut at the limit", "[net]") {
  Flood flood("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n",
              "X-Trailer: " + std::string(500, 'x') + "\r\n");
  ClientFixture fixture;
  const auto response = fixture.fetch(bounded(flood.server.url()));
  check_too_large(response, FailureKind::kHttp);
  CHECK(response.header_bytes_seen <= 8 * 1024 + kOneRead);
  CHECK(flood.sent < kMuch);
}

TEST_CASE("a header line without end does not grow without end", "[net]") {
  Flood flood("HTTP/1.1 200 OK\r\nX-Long: ", std::string(1000, 'x'));
  ClientFixture fixture;
  const long before = peak_kib();
  const auto response = fixture.fetch(bounded(flood.server.url()));
  check_too_large(response, FailureKind::kHttp);
  CHECK(peak_kib() - before < 32 * 1024);
}

TEST_CASE("codings that need windows of their own are refused unread", "[net]") {
  RawServer server(always(http_message(200, "{}", {"Content-Encoding: zstd"})));
  ClientFixture fixture;
  const auto response = fixture.fetch(bounded(server.url()));
  REQUIRE(response.failure);
  CHECK(response.failure->kind == FailureKind::kBody);
  CHECK(response.body_bytes_seen == 0);
}

TEST_CASE("a server that never finishes costs its timeout and no more", "[net]") {
  const auto hanging_after = [](std::string bytes) {
    return [bytes = std::move(bytes)](RawConnection& connection, const std::string&) {
      connection.send(bytes);
      connection.hang();
      return false;
    };
  };
  for (const std::string bytes : {"", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nX-A: 1\r\n",
                                  "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"}) {
    RawServer server(hanging_after(bytes));
    ClientFixture fixture;
    net::HttpRequest request = bounded(server.url());
    request.total_timeout = base::milliseconds(50);
    const auto response = fixture.fetch(request);
    INFO(bytes);
    REQUIRE(response.failure);
    INFO(response.failure->message);
    CHECK(response.failure->kind == FailureKind::kTimeout);
    CHECK(response.failure->message.find("50 ms") != std::string::npos);
  }
}

TEST_CASE("one bad server does not hold up the others", "[net]") {
  RawServer bad([](RawConnection& connection, const std::string&) {
    connection.hang();
    return false;
  });
  RawServer good(always(http_message(200, "{}")));
  ClientFixture fixture;
  std::vector<net::HttpRequest> requests;
  for (int i = 0; i < 4; ++i) {
    net::HttpRequest request = bounded(bad.url());
    request.total_timeout = base::seconds(10);
    fixture.client.start(request, [](const net::HttpResponse&) {});
    requests.push_back(bounded(good.url()));
  }
  for (const auto& response : fixture.fetch_all(requests)) CHECK(response.status == 200);
  CHECK(fixture.client.counters().running == 2);
  CHECK(fixture.client.counters().waiting == 2);
}
