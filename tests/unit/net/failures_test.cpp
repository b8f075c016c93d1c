// Each way to fail has its own name in the observation.
#include "net/curl_failure.hpp"
#include "net/descriptors.hpp"
#include "tests/unit/net/client_fixture.hpp"

#include <catch2/catch.hpp>
#include <curl/curl.h>

#include <cerrno>
#include <sys/resource.h>
#include <unistd.h>
#include <vector>

using namespace idpwatch;
using namespace idpwatch::fakes;
using model::FailureDetail;
using model::FailureKind;

namespace {

RawServer::Script once(std::string bytes) {
  return [bytes = std::move(bytes)](RawConnection& connection, const std::string&) {
    connection.send(bytes);
    return false;
  };
}

FailureKind kind_of(const net::HttpResponse& response) {
  REQUIRE(response.failure);
  INFO(response.failure->message);
  CHECK_FALSE(response.failure->message.empty());
  return response.failure->kind;
}

}  // namespace

TEST_CASE("a name that does not exist is a dns failure", "[net]") {
  ClientFixture fixture;
  CHECK(kind_of(fixture.fetch(get("http://no-such-host.invalid/"))) == FailureKind::kDns);
}

TEST_CASE("an address that is too long is not taken for a lack of our own memory", "[net]") {
  const RawServer server(once("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
  ClientFixture fixture;
  const auto response = fixture.fetch(get(server.url("/" + std::string(2'000'000, 'p'))));
  CHECK(kind_of(response) == FailureKind::kHttp);
  CHECK(response.failure->detail == FailureDetail::kNone);
  CHECK(response.failure->message == "the address is longer than 64KiB");
}

TEST_CASE("a closed port is a connect failure that says so", "[net]") {
  std::string url;
  {
    const RawServer gone(always(""));
    url = gone.url("/", "127.0.0.1");
  }
  ClientFixture fixture;
  const auto response = fixture.fetch(get(url));
  CHECK(kind_of(response) == FailureKind::kConnect);
  CHECK(response.failure->detail == FailureDetail::kNone);
  CHECK(response.failure->message == "cannot connect: Connection refused");
}

TEST_CASE("a connection that ends or breaks without an answer is an http failure", "[net]") {
  RawServer closing(once(""));
  RawServer resetting([](RawConnection& connection, const std::string&) {
    connection.reset();
    return false;
  });
  ClientFixture fixture;
  CHECK(kind_of(fixture.fetch(get(closing.url()))) == FailureKind::kHttp);
  CHECK(kind_of(fixture.fetch(get(resetting.url()))) == FailureKind::kHttp);
}

TEST_CASE("an answer that is no HTTP is an http failure", "[net]") {
  RawServer server(once("SSH-2.0-OpenSSH_9.2p1\r\n"));
  ClientFixture fixture;
  const auto response = fixture.fetch(get(server.url()));
  CHECK(kind_of(response) == FailureKind::kHttp);
  CHECK(response.status == 0);
}

TEST_CASE("a body that is cut short is a body failure, its status is kept", "[net]") {
  for (const std::string bytes :
       {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope"}) {
    RawServer server(once(bytes));
    ClientFixture fixture;
    const auto response = fixture.fetch(get(server.url()));
    INFO(bytes);
    CHECK(kind_of(response) == FailureKind::kBody);
    CHECK(response.failure->detail == FailureDetail::kNone);
    CHECK(response.status == 200);
    CHECK(response.body.empty());
  }
}

TEST_CASE("only http and https are spoken", "[net]") {
  ClientFixture fixture;
  for (const std::string url : {"file:///etc/passwd", "ftp://localhost/", "gopher://localhost/",
                                "localhost", "https:///nohost", ""}) {
    INFO(url);
    CHECK(kind_of(fixture.fetch(get(url))) == FailureKind::kHttp);
  }
}

TEST_CASE("refused addresses are never connected to, however they are written", "[net]") {
  RawServer server(always(http_message(200, "{}")));
  ClientFixture fixture;
  for (const std::string host : {"127.0.0.1", "localhost", "127.1", "0x7f000001", "0"}) {
    net::HttpRequest request = get(server.url("/", host));
    request.addresses.allow_private = false;
    const auto response = fixture.fetch(request);
    INFO(host);
    CHECK(kind_of(response) == FailureKind::kConnect);
    CHECK(response.failure->detail == FailureDetail::kAddressRefused);
  }
  for (const std::string url : {"http://169.254.169.254/", "http://[fd00:ec2::254]/",
                                "http://[::ffff:169.254.169.254]/", "http://[fe80::1]/"}) {
    const auto response = fixture.fetch(get(url));
    INFO(url);
    CHECK(kind_of(response) == FailureKind::kConnect);
    CHECK(response.failure->detail == FailureDetail::kAddressRefused);
  }
  CHECK(server.connections() == 0);
}

TEST_CASE("a kept connection does not get round the address policy", "[net]") {
  RawServer server(always(http_message(200, "{}")));
  ClientFixture fixture;
  CHECK(fixture.fetch(get(server.url())).status == 200);
  net::HttpRequest request = get(server.url());
  request.addresses.allow_private = false;
  const auto response = fixture.fetch(request);
  CHECK(kind_of(response) == FailureKind::kConnect);
  CHECK(response.failure->detail == FailureDetail::kAddressRefused);
  CHECK(server.requests() == 1);
}

TEST_CASE("behind a proxy only written addresses are judged", "[net]") {
  // It takes whatever is asked of it.
  RawServer proxy(always(http_message(200, "from the proxy")));
  ClientFixture fixture;
  net::HttpRequest request = get("http://issuer.example/");
  request.proxy = proxy.url();
  request.addresses.allow_private = false;
  CHECK(fixture.fetch(request).body == "from the proxy");
  request.url = "http://169.254.169.254/latest";
  CHECK(kind_of(fixture.fetch(request)) == FailureKind::kConnect);
  CHECK(proxy.requests() == 1);
  CHECK(proxy.heads().front().starts_with("GET http://issuer.example/ HTTP/1.1\r\n"));
}

TEST_CASE("the proxy of the environment is used unless the request says none", "[net]") {
  RawServer proxy(always(http_message(200, "from the proxy")));
  RawServer server(always(http_message(200, "direct")));
  net::HttpClientOptions options;
  options.environment = base::Environment({{"http_proxy", proxy.url()}});
  ClientFixture fixture(options);
  net::HttpRequest request = get(server.url());
  CHECK(fixture.fetch(request).body == "direct");
  request.proxy = std::nullopt;
  CHECK(fixture.fetch(request).body == "from the proxy");
}

TEST_CASE("a proxy that cannot be reached or refuses the tunnel is a connect failure", "[net]") {
  ClientFixture fixture;
  RawServer refusing(always(http_message(403, "no")));
  net::HttpRequest request = get("https://issuer.example/");
  request.proxy = refusing.url();
  CHECK(kind_of(fixture.fetch(request)) == FailureKind::kConnect);
  request.proxy = "http://no-such-proxy.invalid:3128";
  CHECK(kind_of(fixture.fetch(request)) == FailureKind::kDns);
}

TEST_CASE("texts of failures are for people: round times, the phase, the proxy by name", "[net]") {
  const auto text = [](const net::Outcome& outcome) { return net::to_failure(outcome)->message; };
  net::Outcome timeout;
  timeout.code = CURLE_OPERATION_TIMEDOUT;
  timeout.timeout = base::microseconds(9'999'999);
  CHECK(text(timeout) == "no complete answer within 10 s, before a connection");
  timeout.reused_connection = true;
  timeout.timeout = base::microseconds(299'998);
  CHECK(text(timeout) ==
        "no complete answer within 300 ms, waiting for the answer on a kept connection");
  net::Outcome refused;
  refused.code = CURLE_COULDNT_CONNECT;
  refused.os_errno = ECONNREFUSED;
  refused.proxy = "http://user:secret@proxy.example.com:3128";
  CHECK(text(refused) == "cannot connect to the proxy proxy.example.com:3128: Connection refused");
  refused.proxy = "user:secret@10.0.0.1:3128";
  CHECK(text(refused) == "cannot connect to the proxy 10.0.0.1:3128: Connection refused");
  net::Outcome tunnel;
  tunnel.code = CURLE_RECV_ERROR;
  tunnel.tunnel_status = 403;
  tunnel.proxy = "http://10.0.0.1:3128";
  CHECK(text(tunnel) == "the proxy 10.0.0.1:3128 refuses the tunnel: HTTP status 403");
}

namespace {

// Takes every descriptor of this process until it goes.
class NoDescriptors {
 public:
  NoDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlimit low = before_;
    low.rlim_cur = 256;
    ::setrlimit(RLIMIT_NOFILE, &low);
    for (int fd = ::dup(0); fd >= 0; fd = ::dup(0)) taken_.push_back(fd);
  }
  ~NoDescriptors() {
    for (const int fd : taken_) ::close(fd);
    ::setrlimit(RLIMIT_NOFILE, &before_);
  }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;
  [[nodiscard]] std::size_t taken() const { return taken_.size(); }

 private:
  rlimit before_{};
  std::vector<int> taken_;
};

}  // namespace

TEST_CASE("without descriptors a request fails for what this host lacks", "[net]") {
  const RawServer server(always(http_message(200, "{}")));
  ClientFixture fixture;
  std::vector<net::HttpResponse> responses;
  {
    const NoDescriptors none;
    REQUIRE(none.taken() > 0);
    for (const std::string host : {"127.0.0.1", "no-such-host.invalid"}) {
      responses.push_back(fixture.fetch(get(server.url("/", host))));
    }
  }
  REQUIRE(responses.size() == 2);
  for (const auto& response : responses) {
    REQUIRE(response.failure);
    INFO(response.failure->message);
    CHECK(response.failure->detail == FailureDetail::kOurs);
  }
  const RawServer again(always(http_message(200, "{}")));
  CHECK_FALSE(fixture.fetch(get(again.url())).failure);
}

TEST_CASE("a message to people is sent with the last descriptors", "[net]") {
  // It is connected to, and finds a descriptor to take the connection with only where we leave one.
  const RawServer server(always(http_message(200, "{}")));
  ClientFixture fixture;
  net::HttpRequest request = get(server.url("/", "127.0.0.1"));
  request.total_timeout = base::milliseconds(300);
  const NoDescriptors none;
  const auto look = fixture.fetch(request);
  REQUIRE(look.failure);
  CHECK(look.failure->detail == FailureDetail::kOurs);
  request.urgent = true;
  const auto message = fixture.fetch(request);
  CHECK((!message.failure || message.failure->kind == FailureKind::kTimeout));
}

TEST_CASE("what a host lacks is told apart from what a provider refuses", "[net]") {
  for (const int code : {EMFILE, ENFILE, ENOBUFS, ENOMEM, EADDRNOTAVAIL}) {
    net::Outcome outcome;
    outcome.code = CURLE_COULDNT_CONNECT;
    outcome.os_errno = code;
    CHECK(net::to_failure(outcome)->detail == FailureDetail::kOurs);
  }
  for (const int code : {ECONNREFUSED, ENETUNREACH, EHOSTUNREACH}) {
    net::Outcome outcome;
    outcome.code = CURLE_COULDNT_CONNECT;
    outcome.os_errno = code;
    CHECK(net::to_failure(outcome)->detail == FailureDetail::kNone);
  }
  net::Outcome outcome;
  outcome.code = CURLE_COULDNT_RESOLVE_HOST;
  CHECK(net::to_failure(outcome)->detail == FailureDetail::kNone);
  outcome.text = "getaddrinfo() thread failed to start";
  CHECK(net::to_failure(outcome)->detail == FailureDetail::kOurs);
  outcome = {};
  outcome.code = CURLE_SSL_CERTPROBLEM;
  outcome.text = "could not load PEM client certificate";
  CHECK(net::to_failure(outcome)->detail == FailureDetail::kOurs);
}

TEST_CASE("what runs at once fits into few descriptors, with some left for the rest", "[net]") {
  const net::HttpClientOptions all;
  for (const std::size_t limit : {0U, 40U, 64U, 256U, 1024U, 65536U}) {
    const net::DescriptorNeed need{.authorities = 10'000, .receivers = 3, .open = 25};
    const auto fitted = net::fit_into(limit, all, need);
    INFO(limit);
    CHECK(fitted.running >= 1);
    CHECK(fitted.hanging >= 1);
    CHECK(fitted.for_messages >= 1);
    if (limit >= 64) {
      CHECK(need.open + fitted.kept_connections + 4 * (fitted.running + fitted.hanging) < limit);
    }
    if (limit == 65536) CHECK(fitted.running == all.running);
  }
}

TEST_CASE("half of the kept connections are given up where few authorities could have one",
          "[net]") {
  CHECK(net::connections_worth_keeping(256, 200) == 256);
  CHECK(net::connections_worth_keeping(256, 4'096) == 256);
  CHECK(net::connections_worth_keeping(256, 10'000) == 128);
  CHECK(net::connections_worth_keeping(1, 10'000) == 0);
}
