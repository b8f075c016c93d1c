#include "cli/daemon_client.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <chrono>
#include <cstddef>
#include <memory>

namespace idpwatch::cli {
namespace {

constexpr std::size_t kAnswerBytesMax = std::size_t{64} * 1024 * 1024;

std::size_t append(char* data, std::size_t size, std::size_t count, void* out) {
  auto& body = *static_cast<std::string*>(out);
  if (body.size() + size * count > kAnswerBytesMax) return 0;  // ends the transfer
  body.append(data, size * count);
  return size * count;
}

// An address to listen on may stand for all; one to connect to may not.
std::string base_url(const daemon::Listen& listen) {
  daemon::Listen target = listen;
  if (target.kind == daemon::Listen::Kind::kUnix) return "http://localhost";
  if (target.host == "0.0.0.0") target.host = "127.0.0.1";
  if (target.host == "::") target.host = "::1";
  return "http://" + target.text();
}

struct Free {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

void add_header(std::unique_ptr<curl_slist, Free>& headers, const char* name,
                const std::string& value) {
  if (value.empty()) return;
  // It gives back the head, which is another one only for an empty list.
  curl_slist* head = curl_slist_append(headers.get(), (name + value).c_str());
  if (!headers) headers.reset(head);
}

}  // namespace

base::Result<DaemonAnswer> ask_daemon(const daemon::Config& config, Method method,
                                      const std::string& path, base::Duration timeout) {
  if (config.listen.kind == daemon::Listen::Kind::kOff) {
    return base::fail(base::ErrorKind::kConfig, "the configuration says listen: off",
                      "the daemon can only be asked when it listens");
  }
  const std::unique_ptr<CURL, Free> curl(curl_easy_init());
  if (!curl) return base::fail(base::ErrorKind::kInternal, "libcurl does not start");
  std::unique_ptr<curl_slist, Free> headers;
  add_header(headers, "Authorization: Bearer ", config.admin_token);
  DaemonAnswer answer;
  const auto timeout_ms = static_cast<long>(std::chrono::ceil<base::milliseconds>(timeout).count());
  curl_easy_setopt(curl.get(), CURLOPT_URL, (base_url(config.listen) + path).c_str());
  curl_easy_setopt(curl.get(), CURLOPT_NOPROXY, "*");
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http");
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, timeout_ms);
  curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, &append);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &answer.body);
  if (method == Method::kPost) {
    curl_easy_setopt(curl.get(), CURLOPT_POST, 1L);
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, "");
  }
  if (config.listen.kind == daemon::Listen::Kind::kUnix) {
    curl_easy_setopt(curl.get(), CURLOPT_UNIX_SOCKET_PATH, config.listen.path.c_str());
  }
  const CURLcode code = curl_easy_perform(curl.get());
  if (code != CURLE_OK) {
    return base::fail(
        base::ErrorKind::kUnreachable,
        fmt::format("no daemon answers on {}: {}", config.listen.text(), curl_easy_strerror(code)),
        "is `idpwatch serve` running with this configuration?");
  }
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &answer.status);
  return answer;
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kUnreserved =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string out;
  for (const char c : text) {
    if (kUnreserved.find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace idpwatch::cli
