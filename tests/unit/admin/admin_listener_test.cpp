// The listener over real sockets, on loopback and in a file.
#include "daemon/admin_listener.hpp"

#include "snapshots.hpp"

#include <catch2/catch.hpp>
#include <curl/curl.h>

#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

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

TEST_CASE("it answers on loopback, with security headers", "[admin]") {
  auto listener = AdminListener::start(on_loopback());
  REQUIRE(listener.has_value());
  CHECK(get(url_of(**listener, "/readyz")).status == 503);
  (*listener)->publish(sample_snapshot());
  CHECK(get(url_of(**listener, "/readyz")).status == 200);
  const Answer status = get(url_of(**listener, "/api/v1/status"));
  CHECK(status.status == 200);
  CHECK(status.body.find("idpwatch.status/v1") != std::string::npos);
  CHECK(status.headers.find("X-Content-Type-Options: nosniff") != std::string::npos);
  CHECK(status.headers.find("Cache-Control: no-store") != std::string::npos);
}

TEST_CASE("floods of headers and bodies are refused", "[admin]") {
  auto listener = AdminListener::start(on_loopback());
  REQUIRE(listener.has_value());
  (*listener)->publish(sample_snapshot());
  const long flooded =
      get(url_of(**listener, "/livez"), {}, "X-Flood: " + std::string(60'000, 'x')).status;
  CHECK((flooded == 431 || flooded == 413 || flooded == 400 || flooded == 0));
  const long stuffed =
      get(url_of(**listener, "/api/v1/test"), {}, {}, std::string(1'000'000, 'x')).status;
  CHECK((stuffed == 0 || stuffed >= 400));
  CHECK(get(url_of(**listener, "/livez")).status == 200);
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
  options.listen = Listen{Listen::Kind::kUnix, "", 0, path};
  {
    auto listener = AdminListener::start(options);
    REQUIRE(listener.has_value());
    (*listener)->publish(sample_snapshot());
    struct stat status{};
    REQUIRE(stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
    CHECK(get("http://localhost/api/v1/alerts", path).status == 200);
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
