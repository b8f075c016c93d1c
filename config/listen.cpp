#include "base/text.hpp"
#include "config/leaf.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <charconv>
#include <sys/un.h>

namespace idpwatch::config {

bool Listen::local() const {
  if (kind != Kind::kTcp) return true;
  return host == "::1" || host.starts_with("127.");
}

std::string Listen::text() const {
  switch (kind) {
    case Kind::kOff:
      return "off";
    case Kind::kUnix:
      return "unix:" + path;
    case Kind::kTcp:
      break;
  }
  const bool ipv6 = host.find(':') != std::string::npos;
  return ipv6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

namespace {

constexpr std::string_view kHint =
    "write ADDRESS:PORT such as 127.0.0.1:7517 or [::1]:7517, unix:PATH, or off";

bool is_address(const std::string& host) {
  in6_addr space{};
  return inet_pton(AF_INET, host.c_str(), &space) == 1 ||
         inet_pton(AF_INET6, host.c_str(), &space) == 1;
}

}  // namespace

base::Result<Listen> parse_listen(std::string_view text) {
  const auto refuse = [&](std::string message) {
    return base::fail(base::ErrorKind::kInput, std::move(message), std::string(kHint));
  };
  Listen listen;
  if (text == "off") {
    listen.kind = Listen::Kind::kOff;
    return listen;
  }
  if (text.starts_with("unix:")) {
    listen.kind = Listen::Kind::kUnix;
    listen.path = text.substr(5);
    if (listen.path.empty()) return refuse("the path of the socket is missing");
    return listen;
  }
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    return refuse(fmt::format("\"{}\" has no port", base::printable(text, 80)));
  }
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  listen.host = host == "localhost" ? "127.0.0.1" : std::string(host);
  if (!is_address(listen.host)) {
    return refuse(fmt::format("\"{}\" is not an IP address", base::printable(host, 80)));
  }
  const std::string_view port = text.substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), listen.port);
  if (port.empty() || error != std::errc{} || end != port.data() + port.size()) {
    return refuse(fmt::format("\"{}\" is not a port", base::printable(port, 80)));
  }
  return listen;
}

}  // namespace idpwatch::config
