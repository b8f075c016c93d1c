// The listener over real sockets, on loopback and in a file.
#include "daemon/admin/admin_listener.hpp"

#include "snapshots.hpp"

#include <catch2/catch.hpp>
#include <curl/curl.h>

#include <array>
#include <atomic>
#include <filesystem>
#include <future>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace idpwatch::daemon {
namespace {

struct Answer {
  long status = 0;
  std::string headers, body;
};

std::size_t append(char* data, std::size_t size, std::size_t count, void* out) {
  static_cast<std::string*>(out)->append(data, size * count);
  return size * count;
}

Answer get(const std::string& url, const std::string& socket = {}, const std::string& header = {},
           const std::string& body = {}) {
  Answer answer;
  CURL* curl = curl_easy_init();
  curl_slist* headers = header.empty() ? nullptr : curl_slist_append(nullptr, header.c_str());
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, 10L);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  if (!socket.empty()) curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, socket.c_str());
  if (!body.empty()) {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.c_str());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
  }
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &append);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer.body);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &append);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &answer.headers);
  if (curl_easy_perform(curl) == CURLE_OK)
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer.status);
  curl_slist_free_all(headers);
  curl_easy_cleanup(curl);
  return answer;
}

const base::SystemClock kClock;

AdminOptions on_loopback() {
  AdminOptions options;
  options.listen.port = 0;
  options.clock = &kClock;
  return options;
}

std::string url_of(const AdminListener& listener, const std::string& path) {
  return "http://127.0.0.1:" + std::to_string(listener.port()) + path;
}

// Moved by the test while the listener reads it.
class SharedClock final : public base::Clock {
 public:
  [[nodiscard]] base::Instant wall() const override { return base::Instant(boottime()); }
  [[nodiscard]] base::Duration boottime() const override { return base::Duration(now_.load()); }
  void advance(base::Duration by) { now_ += by.count(); }

 private:
  std::atomic<std::int64_t> now_{1};
};

// A connection by hand.
class Raw {
 public:
  explicit Raw(const AdminListener& listener) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(listener.port());
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
  }
  Raw(Raw&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  ~Raw() {
    if (fd_ >= 0) close(fd_);
  }
  void say(const std::string& text) const { send(fd_, text.data(), text.size(), MSG_NOSIGNAL); }
  // All that comes until the other end closes.
  [[nodiscard]] std::string hear() const {
    std::string out;
    std::array<char, 4096> buffer{};
    for (;;) {
      const ssize_t got = recv(fd_, buffer.data(), buffer.size(), 0);
      if (got <= 0) return out;
      out.append(buffer.data(), static_cast<std::size_t>(got));
    }
  }

 private:
  int fd_;
};

TEST_CASE("it answers on loopback, with security headers and its name", "[admin]") {
  auto listener = AdminListener::start(on_loopback());
  REQUIRE(listener.has_value());
  CHECK(get(url_of(**listener, "/readyz")).status == 503);
  (*listener)->publish(sample_snapshot());
  (*listener)->beat();
  CHECK(get(url_of(**listener, "/readyz")).status == 200);
  const Answer status = get(url_of(**listener, "/api/v1/status"));
  CHECK(status.status == 200);
  CHECK(status.body.find("idpwatch.status/v1") != std::string::npos);
  CHECK(status.headers.find("X-Content-Type-Options: nosniff") != std::string::npos);
  CHECK(status.headers.find("Cache-Control: no-store") != std::string::npos);
  CHECK(status.headers.find("Server: idpwatch") != std::string::npos);
}

TEST_CASE("floods of headers, parameters and bodies are refused at once", "[admin]") {
  auto listener = AdminListener::start(on_loopback());
  REQUIRE(listener.has_value());
  (*listener)->publish(sample_snapshot());
  const auto answered = [&](const std::string& request) {
    const Raw raw(**listener);
    raw.say(request);
    return raw.hear().substr(0, 12);
  };
  CHECK(answered("GET /livez HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(60'000, 'x')) ==
        "HTTP/1.1 431");
  std::string parameters = "GET /livez?a=1";
  for (int i = 0; i < 500; ++i) parameters += "&p" + std::to_string(i) + "=1";
  CHECK(answered(parameters + " HTTP/1.1\r\nHost: localhost\r\n\r\n") == "HTTP/1.1 400");
  CHECK(answered("GET /livez?" + std::string(10'000, 'a') +
                 " HTTP/1.1\r\nHost: localhost\r\n\r\n") == "HTTP/1.1 414");
  const std::string post = "POST /api/v1/test HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
  CHECK(answered(post + "Content-Length: 1000000\r\n\r\n") == "HTTP/1.1 401");
  CHECK(answered(post + "Transfer-Encoding: chunked\r\n\r\n") == "HTTP/1.1 401");
  CHECK(get(url_of(**listener, "/livez")).status == 200);
}

TEST_CASE("what another reader could take for another request is refused", "[admin]") {
  auto listener = AdminListener::start(on_loopback());
  REQUIRE(listener.has_value());
  (*listener)->publish(sample_snapshot());
  const auto answered = [&](const std::string& path, const std::string& headers) {
    const Raw raw(**listener);
    raw.say("GET " + path + " HTTP/1.1\r\n" + headers + "Connection: close\r\n\r\n");
    return raw.hear().substr(0, 12);
  };
  const std::string status = "/api/v1/status";
  REQUIRE(answered(status, "Host: localhost\r\n") == "HTTP/1.1 200");
  CHECK(answered(status, "Host: localhost\r\nHost: evil.example\r\n") == "HTTP/1.1 400");
  CHECK(answered(status, "Host: localhost\r\nhOST: localhost\r\n") == "HTTP/1.1 400");
  CHECK(answered(status, "") == "HTTP/1.1 400");
  CHECK(answered(status + "%00x", "Host: localhost\r\n") == "HTTP/1.1 400");
}

TEST_CASE("clients that send a byte now and then keep nobody out", "[admin]") {
  auto listener = AdminListener::start(on_loopback());
  REQUIRE(listener.has_value());
  std::vector<Raw> slow;
  for (int i = 0; i < 300; ++i) {
    slow.emplace_back(**listener);
    slow.back().say("GET /livez HTTP/1.1\r\nX: ");
  }
  CHECK(get(url_of(**listener, "/livez")).status == 200);
  // The first ones had to go.
  CHECK(slow.front().hear().starts_with("HTTP/1.1 503"));
}

TEST_CASE("a request that takes too long as a whole is answered 408", "[admin]") {
  SharedClock clock;
  AdminOptions options = on_loopback();
  options.clock = &clock;
  auto listener = AdminListener::start(options);
  REQUIRE(listener.has_value());
  const Raw slow(**listener);
  slow.say("GET /livez HTTP/1.1\r\nX: ");
  REQUIRE(get(url_of(**listener, "/livez")).status == 200);  // by now both are accepted
  clock.advance(base::seconds(11));
  slow.say("x");
  CHECK(slow.hear().starts_with("HTTP/1.1 408"));
}

TEST_CASE("health is answered while every other question waits", "[admin]") {
  AdminOptions options = on_loopback();
  std::promise<void> go_on;
  const std::shared_future<void> gate(go_on.get_future());
  options.refresh = [gate] { gate.wait(); };
  auto listener = AdminListener::start(options);
  REQUIRE(listener.has_value());
  (*listener)->publish(sample_snapshot());
  std::vector<Raw> waiting;
  for (int i = 0; i < 60; ++i) {
    waiting.emplace_back(**listener);
    waiting.back().say("GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  }
  CHECK(get(url_of(**listener, "/livez")).status == 200);
  go_on.set_value();
  std::size_t answered = 0, busy = 0;
  for (const Raw& each : waiting) {
    const std::string text = each.hear();
    answered += text.starts_with("HTTP/1.1 200") ? 1U : 0U;
    busy += text.starts_with("HTTP/1.1 503") ? 1U : 0U;
  }
  CHECK(answered + busy == waiting.size());
  CHECK(answered >= 32);
}

TEST_CASE("an address in use is busy", "[admin]") {
  auto first = AdminListener::start(on_loopback());
  REQUIRE(first.has_value());
  AdminOptions again = on_loopback();
  again.listen.port = (*first)->port();
  const auto second = AdminListener::start(again);
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().kind == base::ErrorKind::kBusy);
}

TEST_CASE("a unix socket is private, replaces a stale one and is removed", "[admin]") {
  const std::string path =
      std::filesystem::temp_directory_path() / ("idpwatch-admin-" + std::to_string(getpid()));
  AdminOptions options = on_loopback();
  options.listen = config::Listen{config::Listen::Kind::kUnix, "", 0, path};
  {
    auto listener = AdminListener::start(options);
    REQUIRE(listener.has_value());
    (*listener)->publish(sample_snapshot());
    struct stat status{};
    REQUIRE(stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
    CHECK(get("http://localhost/api/v1/alerts", path).status == 200);
    // Its own user needs no token: 501 is for this listener sends none.
    CHECK(
        get("http://localhost/api/v1/test", path, "Content-Type: application/json", "{}").status ==
        501);
    const auto second = AdminListener::start(options);
    REQUIRE_FALSE(second.has_value());
    CHECK(second.error().kind == base::ErrorKind::kBusy);
  }
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("it stops cleanly while it is asked and published to", "[admin]") {
  auto listener = AdminListener::start(on_loopback());
  REQUIRE(listener.has_value());
  const std::string url = url_of(**listener, "/metrics");
  std::thread asker([&] {
    for (int i = 0; i < 20; ++i) get(url);
  });
  for (int i = 0; i < 200; ++i) (*listener)->publish(sample_snapshot());
  listener->reset();
  asker.join();
}

}  // namespace
}  // namespace idpwatch::daemon
