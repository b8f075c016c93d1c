// Certificates: which are trusted, what is told of those that are not.
#include "tests/unit/net/client_fixture.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

using namespace idpwatch;
using namespace idpwatch::fakes;
using model::FailureDetail;
using model::FailureKind;

namespace {

const TestCa& ca() {
  static const TestCa authority;
  return authority;
}

net::HttpResponse fetch_from(const Identity& identity, const TestCa& trusted) {
  RawServer server(always(http_message(200, "{}")), &identity);
  ClientFixture fixture;
  return fixture.fetch(get(server.url(), trusted));
}

void check_refused(const net::HttpResponse& response, FailureDetail detail) {
  REQUIRE(response.failure);
  INFO(response.failure->message);
  CHECK(response.failure->kind == FailureKind::kTls);
  CHECK(response.failure->detail == detail);
  CHECK_FALSE(response.failure->message.empty());
  CHECK(response.status == 0);
  REQUIRE(response.tls);
  CHECK(response.tls->leaf_sha256.size() == 64);
  CHECK(response.tls->issuer == "CN=idpwatch test CA");
}

}  // namespace

TEST_CASE("a request may be cancelled amid its handshake", "[net]") {
  const Identity identity = ca().issue({"localhost", "127.0.0.1"});
  RawServer server(always(http_message(200, "{}")), &identity);
  ClientFixture fixture;
  // However far it has come, with the server's next bytes there and not yet read: libcurl reads
  // them while it closes the connection, and OpenSSL asks us about the certificates in them.
  for (int turns = 1; turns <= 12; ++turns) {
    bool answered = false;
    const net::RequestId id = fixture.client.start(
        get(server.url(), ca()), [&answered](const net::HttpResponse&) { answered = true; });
    for (int i = 0; i < turns && !answered; ++i) fixture.loop->turn(base::milliseconds(20));
    const base::Duration by = fixture.clock.boottime() + base::milliseconds(30);
    while (fixture.clock.boottime() < by) std::this_thread::yield();
    fixture.client.cancel(id);
  }
  CHECK_FALSE(fixture.fetch(get(server.url(), ca())).failure);
}

TEST_CASE("a trusted certificate's facts come with the answer", "[net]") {
  const Identity identity = ca().issue({"localhost", "127.0.0.1"});
  RawServer server(always(http_message(200, "{}")), &identity);
  ClientFixture fixture;
  const auto response = fixture.fetch(get(server.url(), ca()));
  REQUIRE_FALSE(response.failure);
  CHECK(response.phases.tls_us > response.phases.connect_us);
  REQUIRE(response.tls);
  CHECK(response.tls->protocol == "TLSv1.3");
  CHECK(response.tls->subject == "CN=localhost");
  CHECK(response.tls->names == std::vector<std::string>{"localhost", "127.0.0.1"});
  CHECK(response.tls->not_before < fixture.clock.wall());
  CHECK(response.tls->not_after > fixture.clock.wall() + base::hours(23));
  const auto again = fixture.fetch(get(server.url(), ca()));
  CHECK(again.reused_connection);
  REQUIRE(again.tls);
  CHECK(again.tls->leaf_sha256 == response.tls->leaf_sha256);
}

TEST_CASE("expired, early, foreign and misnamed certificates are told apart", "[net]") {
  const TestCa stranger;
  using std::chrono::hours;
  check_refused(fetch_from(ca().issue({"localhost"}, -hours(5), -hours(1)), ca()),
                FailureDetail::kCertificateExpired);
  check_refused(fetch_from(ca().issue({"localhost"}, hours(1), hours(5)), ca()),
                FailureDetail::kCertificateNotYetValid);
  check_refused(fetch_from(stranger.issue({"localhost"}), ca()),
                FailureDetail::kCertificateUntrusted);
  const auto misnamed = fetch_from(ca().issue({"other.example"}), ca());
  check_refused(misnamed, FailureDetail::kCertificateName);
  CHECK(misnamed.tls->names == std::vector<std::string>{"other.example"});
}

TEST_CASE("a server that speaks no TLS is a tls failure without a certificate", "[net]") {
  RawServer server([](RawConnection&, const std::string&) { return false; });
  ClientFixture fixture;
  // The hello of a client holds no empty line: the server waits, the client gives up.
  net::HttpRequest request = get("https" + server.url().substr(4), ca());
  request.total_timeout = base::milliseconds(100);
  const auto response = fixture.fetch(request);
  REQUIRE(response.failure);
  INFO(response.failure->message);
  CHECK(response.failure->kind == FailureKind::kTimeout);
  CHECK(response.failure->message.find("TLS") != std::string::npos);
  CHECK_FALSE(response.tls);
}

TEST_CASE("a session is taken up again where a handle was kept", "[net]") {
  const Identity identity = ca().issue({"localhost"});
  RawServer server(
      [](RawConnection& connection, const std::string&) {
        connection.send(http_message(200, "{}", {"Connection: close"}));
        return false;
      },
      &identity);
  ClientFixture fixture;
  for (int i = 0; i < 3; ++i) {
    const auto response = fixture.fetch(get(server.url(), ca()));
    REQUIRE_FALSE(response.failure);
    REQUIRE(response.tls);
    CHECK(response.tls->subject == "CN=localhost");
  }
  CHECK(server.connections() == 3);
  CHECK(server.resumed() == 2);
}

TEST_CASE("a connection trusted by one bundle is not used for another", "[net]") {
  const TestCa other;
  const Identity identity = ca().issue({"localhost"});
  RawServer server(always(http_message(200, "{}")), &identity);
  ClientFixture fixture;
  CHECK_FALSE(fixture.fetch(get(server.url(), ca())).failure);
  const auto response = fixture.fetch(get(server.url(), other));
  check_refused(response, FailureDetail::kCertificateUntrusted);
}

TEST_CASE("a bundle of the configuration is not widened by the system's directory", "[net]") {
  // A directory that would make the certificate trusted is only looked into when it is named.
  const Identity identity = ca().issue({"localhost"});
  RawServer server(always(http_message(200, "{}")), &identity);
  net::HttpClientOptions options;
  options.environment = base::Environment({{"SSL_CERT_FILE", ca().file()}});
  ClientFixture fixture(options);
  CHECK_FALSE(fixture.fetch(get(server.url())).failure);
  const TestCa other;
  CHECK(fixture.fetch(get(server.url(), other)).failure);
}

TEST_CASE("an unreadable bundle is a failure of ours", "[net]") {
  const Identity identity = ca().issue({"localhost"});
  RawServer server(always(http_message(200, "{}")), &identity);
  ClientFixture fixture;
  net::HttpRequest request = get(server.url());
  request.ca_file = "/nonexistent/ca.pem";
  const auto response = fixture.fetch(request);
  REQUIRE(response.failure);
  CHECK(response.failure->detail == FailureDetail::kOurs);
  CHECK(response.failure->kind == FailureKind::kTls);
}

TEST_CASE("http2 is asked for only when wanted", "[net]") {
  const Identity identity = ca().issue({"localhost"});
  RawServer server(always(http_message(200, "{}")), &identity);
  ClientFixture fixture;
  net::HttpRequest request = get(server.url(), ca());
  request.http2 = true;  // the server knows no ALPN: HTTP/1.1 it is
  CHECK(fixture.fetch(request).status == 200);
}

namespace {

// A file that takes the content of others, as a package or a mounted secret does.
class Bundle {
 public:
  Bundle()
      : path_(std::filesystem::temp_directory_path() /
              ("idpwatch-bundle-" + std::to_string(::getpid()))) {}
  ~Bundle() { std::filesystem::remove(path_); }
  Bundle(const Bundle&) = delete;
  Bundle& operator=(const Bundle&) = delete;
  void holds(const std::string& text) const { std::ofstream(path_, std::ios::trunc) << text; }
  void holds(const TestCa& authority) const {
    std::ifstream file(authority.file());
    holds(std::string(std::istreambuf_iterator<char>(file), {}));
  }
  [[nodiscard]] std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

net::HttpRequest trusting(const RawServer& server, const Bundle& bundle) {
  net::HttpRequest request = get(server.url());
  request.ca_file = bundle.path();
  return request;
}

}  // namespace

TEST_CASE("a bundle that changed is read again, and connections it no longer trusts end", "[net]") {
  const TestCa other;
  const Identity identity = ca().issue({"localhost"});
  RawServer server(always(http_message(200, "{}")), &identity);
  const Bundle bundle;
  bundle.holds(ca());
  ClientFixture fixture;
  const net::HttpRequest request = trusting(server, bundle);
  CHECK_FALSE(fixture.fetch(request).failure);
  CHECK(fixture.fetch(request).reused_connection);
  bundle.holds(other);
  fixture.client.look_at_files();
  check_refused(fixture.fetch(request), FailureDetail::kCertificateUntrusted);
  bundle.holds(ca());
  fixture.client.look_at_files();
  CHECK_FALSE(fixture.fetch(request).failure);
  fixture.client.look_at_files();  // nothing changed
  CHECK(fixture.fetch(request).reused_connection);
}

TEST_CASE("the trust of the environment's bundle changes with it, too", "[net]") {
  const TestCa other;
  const Identity identity = ca().issue({"localhost"});
  RawServer server(always(http_message(200, "{}")), &identity);
  const Bundle bundle;
  bundle.holds(other);
  net::HttpClientOptions options;
  options.environment = base::Environment({{"SSL_CERT_FILE", bundle.path()}});
  ClientFixture fixture(options);
  check_refused(fixture.fetch(get(server.url())), FailureDetail::kCertificateUntrusted);
  bundle.holds(ca());
  fixture.client.look_at_files();
  CHECK_FALSE(fixture.fetch(get(server.url())).failure);
}

TEST_CASE("a bundle that became unreadable leaves the old one in force", "[net]") {
  const Identity identity = ca().issue({"localhost"});
  RawServer server(always(http_message(200, "{}")), &identity);
  const Bundle bundle;
  bundle.holds(ca());
  ClientFixture fixture;
  const net::HttpRequest request = trusting(server, bundle);
  CHECK_FALSE(fixture.fetch(request).failure);
  bundle.holds("half a cert");
  fixture.client.look_at_files();
  CHECK_FALSE(fixture.fetch(request).failure);
  std::filesystem::remove(bundle.path());
  fixture.client.look_at_files();
  CHECK_FALSE(fixture.fetch(request).failure);
}

TEST_CASE("a request under way keeps the trust it began with", "[net]") {
  const TestCa other;
  const Identity identity = ca().issue({"localhost"});
  std::atomic<bool> answer = false;
  RawServer server(
      [&](RawConnection& connection, const std::string&) {
        while (!answer) std::this_thread::yield();
        return connection.send(http_message(200, "{}"));
      },
      &identity);
  const Bundle bundle;
  bundle.holds(ca());
  ClientFixture fixture;
  std::optional<net::HttpResponse> response;
  fixture.client.start(trusting(server, bundle),
                       [&](net::HttpResponse&& got) { response = std::move(got); });
  while (server.requests() == 0) fixture.loop->turn(base::milliseconds(10));
  bundle.holds(other);
  fixture.client.look_at_files();
  answer = true;
  while (!response) fixture.loop->turn(base::milliseconds(10));
  CHECK_FALSE(response->failure);
  check_refused(fixture.fetch(trusting(server, bundle)), FailureDetail::kCertificateUntrusted);
}

TEST_CASE("a pipe in the place of a bundle or a client certificate hangs nothing", "[net]") {
  const Identity identity = ca().issue({"localhost"});
  RawServer server(always(http_message(200, "{}")), &identity);
  const Bundle pipe;
  REQUIRE(::mkfifo(pipe.path().c_str(), 0600) == 0);
  ClientFixture fixture;
  const auto bundle = fixture.fetch(trusting(server, pipe));
  REQUIRE(bundle.failure);
  CHECK(bundle.failure->detail == FailureDetail::kOurs);
  for (const std::string& path : {pipe.path(), std::string("/dev/zero"), std::string("/tmp")}) {
    net::HttpRequest request = get(server.url(), ca());
    request.client_cert = path;
    request.client_key_file = path;
    const auto response = fixture.fetch(request);
    REQUIRE(response.failure);
    CHECK(response.failure->detail == FailureDetail::kOurs);
    CHECK(response.failure->message.find(path) != std::string::npos);
  }
}
