#include "cli/daemon_client.hpp"

#include "base/json.hpp"
#include "base/text.hpp"
#include "daemon/admin/admin_token.hpp"
#include "daemon/admin/http_message.hpp"

#include <curl/curl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string_view>

namespace idpwatch::cli {
namespace {

constexpr std::size_t kAnswerBytesMax = std::size_t{64} * 1024 * 1024;
constexpr std::size_t kErrorBytesMax = std::size_t{64} * 1024;
constexpr std::size_t kErrorCharacters = 500;

std::size_t append(char* data, std::size_t size, std::size_t count, void* out) {
  auto& body = *static_cast<std::string*>(out);
  if (body.size() + size * count > kAnswerBytesMax) return 0;  // ends the transfer
  body.append(data, size * count);
  return size * count;
}

// An address to listen on may stand for all; one to connect to may not.
std::string base_url(const config::Listen& listen) {
  config::Listen target = listen;
  if (target.kind == config::Listen::Kind::kUnix) return "http://localhost";
  if (target.host == "0.0.0.0") target.host = "127.0.0.1";
  if (target.host == "::") target.host = "::1";
  return "http://" + target.text();
}

struct Free {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Headers = std::unique_ptr<curl_slist, Free>;

void add_header(Headers& headers, const std::string& line) {
  // It gives back the head, which is another one only for an empty list.
  curl_slist* head = curl_slist_append(headers.get(), line.c_str());
  if (!headers) headers.reset(head);
}

// The value of the Server header, whatever else is there.
std::size_t note_server(char* data, std::size_t size, std::size_t count, void* out) {
  constexpr std::string_view kName = "server:";
  const std::string_view line(data, size * count);
  if (line.size() > kName.size() && base::iequals(line.substr(0, kName.size()), kName)) {
    *static_cast<std::string*>(out) = base::trim(line.substr(kName.size()));
  }
  return size * count;
}

// One connection to the daemon: what was asked first is who it is.
class Connection {
 public:
  Connection(const config::Config& config, base::Duration timeout)
      : config_(config), curl_(curl_easy_init()) {
    if (!curl_) return;
    const auto ms = static_cast<long>(std::chrono::ceil<base::milliseconds>(timeout).count());
    set(CURLOPT_NOPROXY, "*");
    set(CURLOPT_PROTOCOLS_STR, "http");
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_TIMEOUT_MS, ms);
    set(CURLOPT_WRITEFUNCTION, &append);
    set(CURLOPT_HEADERFUNCTION, &note_server);
    if (config.listen.kind == config::Listen::Kind::kUnix) {
      set(CURLOPT_UNIX_SOCKET_PATH, config.listen.path.c_str());
    }
  }

  base::Result<DaemonAnswer> get(const std::string& path, const Headers& headers = {}) {
    return ask(path, headers);
  }
  base::Result<DaemonAnswer> post(const std::string& path, const Headers& headers,
                                  const std::string& body) {
    set(CURLOPT_POST, 1L);
    set(CURLOPT_POSTFIELDS, body.c_str());
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    return ask(path, headers);
  }

  // Anything may listen at that address.
  [[nodiscard]] base::Status is_idpwatch() const {
    if (server_ == daemon::kServerName) return base::Ok{};
    return base::fail(base::ErrorKind::kUnreachable,
                      fmt::format("what answers on {} is not idpwatch", config_.listen.text()),
                      "check which process listens there, and `listen` of the configuration");
  }

  // A token in plain text stays on this host: loopback, or one of its own addresses.
  [[nodiscard]] base::Status stays_here() const {
    if (config_.listen.kind == config::Listen::Kind::kUnix) return base::Ok{};
    char* local = nullptr;
    char* remote = nullptr;
    curl_easy_getinfo(curl_.get(), CURLINFO_LOCAL_IP, &local);
    curl_easy_getinfo(curl_.get(), CURLINFO_PRIMARY_IP, &remote);
    if (local != nullptr && remote != nullptr && std::string_view(local) == remote) {
      return base::Ok{};
    }
    return base::fail(base::ErrorKind::kUnreachable,
                      fmt::format("{} is on another host: the admin token is not sent to it in "
                                  "plain text",
                                  config_.listen.text()),
                      "run this on the daemon's host");
  }

 private:
  template <class Value>
  void set(CURLoption option, Value value) {
    curl_easy_setopt(curl_.get(), option, value);
  }

  base::Result<DaemonAnswer> ask(const std::string& path, const Headers& headers) {
    if (!curl_) return base::fail(base::ErrorKind::kInternal, "libcurl does not start");
    DaemonAnswer answer;
    server_.clear();
    set(CURLOPT_URL, (base_url(config_.listen) + path).c_str());
    set(CURLOPT_HTTPHEADER, headers.get());
    set(CURLOPT_WRITEDATA, &answer.body);
    set(CURLOPT_HEADERDATA, &server_);
    const CURLcode code = curl_easy_perform(curl_.get());
    if (code != CURLE_OK) {
      return base::fail(base::ErrorKind::kUnreachable,
                        fmt::format("no daemon answers on {}: {}", config_.listen.text(),
                                    curl_easy_strerror(code)),
                        "is `idpwatch serve` running with this configuration?");
    }
    curl_easy_getinfo(curl_.get(), CURLINFO_RESPONSE_CODE, &answer.status);
    return answer;
  }

  const config::Config& config_;
  std::unique_ptr<CURL, Free> curl_;
  std::string server_;
};

// Empty: none is needed.
base::Result<std::string> token_for(const config::Config& config, Method method) {
  if (!config.admin_token.empty()) return config.admin_token;
  if (method == Method::kGet || config.listen.kind == config::Listen::Kind::kUnix) {
    return std::string();
  }
  auto token = daemon::read_admin_token(config.state_dir);
  if (token) return token;
  base::Error error = token.error();
  error.kind = base::ErrorKind::kUnreadable;
  error.hint =
      "the daemon writes it at its start, for its own user: run this as that user or as "
      "root, with the daemon's configuration";
  return base::fail(error);
}

}  // namespace

base::Result<DaemonAnswer> ask_daemon(const config::Config& config, Method method,
                                      const std::string& path, base::Duration timeout,
                                      const Upload& upload) {
  if (config.listen.kind == config::Listen::Kind::kOff) {
    return base::fail(base::ErrorKind::kConfig, "the configuration says listen: off",
                      "the daemon can only be asked when it listens");
  }
  Connection connection(config, timeout);
  auto health = connection.get("/livez?verbose");
  if (!health) return health;
  if (const auto known = connection.is_idpwatch(); !known) return base::fail(known.error());
  if (path.starts_with("/livez")) return health;
  const auto token = token_for(config, method);
  if (!token) return base::fail(token.error());
  Headers headers;
  if (!token->empty()) {
    if (const auto here = connection.stays_here(); !here) return base::fail(here.error());
    add_header(headers, "Authorization: Bearer " + *token);
  }
  if (method == Method::kGet) return connection.get(path, headers);
  add_header(headers, "Content-Type: " + upload.type);
  return connection.post(path, headers, std::string(upload.body));
}

base::Error answer_error(const DaemonAnswer& answer) {
  const auto document = base::parse_json(answer.body, {.bytes = kErrorBytesMax, .depth = 8});
  const auto text = [&](const char* name) {
    if (!document || !document->value->is_object()) return std::string();
    const auto found = document->value->find(name);
    return found != document->value->end() && found->is_string()
               ? base::printable(found->get<std::string>(), kErrorCharacters)
               : std::string();
  };
  const std::string message = text("message");
  return base::make_error(base::ErrorKind::kUnreachable,
                          message.empty() ? fmt::format("the daemon answers {}", answer.status)
                                          : fmt::format("{} ({})", message, answer.status),
                          text("hint"));
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
