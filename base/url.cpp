#include "base/url.hpp"

#include "base/text.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>
#include <utility>

namespace idpwatch::base {

namespace {

struct FreeUrl {
  void operator()(CURLU* handle) const { curl_url_cleanup(handle); }
};
using Handle = std::unique_ptr<CURLU, FreeUrl>;

std::string part(CURLU* handle, CURLUPart what, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(handle, what, &text, flags) != CURLUE_OK || text == nullptr) return {};
  std::string out = text;
  curl_free(text);
  return out;
}

// "appid=...&code=...". A parameter without a name may be a value by itself.
std::string without_values(std::string_view query) {
  std::string out;
  for (const std::string_view each : split(query, '&')) {
    if (!out.empty()) out += '&';
    const std::size_t sign = each.find('=');
    if (sign != std::string_view::npos) out += each.substr(0, sign + 1);
    if (!each.empty()) out += "...";
  }
  return out;
}

// A URL that was refused, for the message that says so: whatever stands before the last '@' may be
// a name and a password, however it is written; a query may be a secret.
std::string refused(std::string_view text) {
  const std::size_t at = text.rfind('@');
  std::string out;
  if (at != std::string_view::npos) {
    const std::size_t slashes = text.find("//");
    if (slashes != std::string_view::npos && slashes < at) out = text.substr(0, slashes + 2);
    out += "<redacted>";
    text.remove_prefix(at);
  }
  const std::size_t query = text.find('?');
  out += text.substr(0, query);
  if (query != std::string_view::npos) out += "?" + without_values(text.substr(query + 1));
  return printable(out);
}

Result<Url> split_handle(CURLU* handle, std::string_view text) {
  Url url;
  url.scheme = to_lower(part(handle, CURLUPART_SCHEME));
  if (url.scheme != "http" && url.scheme != "https") {
    return fail(ErrorKind::kInput, "'" + refused(text) + "' is not an http or https URL",
                "write it with its scheme: https://login.example.com");
  }
  url.host = to_lower(part(handle, CURLUPART_HOST));
  url.user = part(handle, CURLUPART_USER);
  if (const std::string password = part(handle, CURLUPART_PASSWORD); !password.empty()) {
    url.user += ":" + password;
  }
  const std::string explicit_port = part(handle, CURLUPART_PORT);
  url.explicit_port = !explicit_port.empty();
  const std::string port = part(handle, CURLUPART_PORT, CURLU_DEFAULT_PORT);
  std::from_chars(port.data(), port.data() + port.size(), url.port);
  url.path = part(handle, CURLUPART_PATH);
  url.query = part(handle, CURLUPART_QUERY);
  url.fragment = part(handle, CURLUPART_FRAGMENT);
  if (url.host.empty() || url.port == 0) {
    return fail(ErrorKind::kInput, "'" + refused(text) + "' names no host",
                "write it in full: https://login.example.com");
  }
  return url;
}

Result<Url> set_and_split(CURLU* handle, std::string_view text) {
  const std::string copy(text);
  const CURLUcode code = copy.find('\0') == std::string::npos
                             ? curl_url_set(handle, CURLUPART_URL, copy.c_str(), 0)
                             : CURLUE_MALFORMED_INPUT;
  if (code != CURLUE_OK) {
    return fail(ErrorKind::kInput,
                "'" + refused(text) + "' is not a URL: " + curl_url_strerror(code),
                "write it in full: https://login.example.com");
  }
  return split_handle(handle, text);
}

bool lower(char c) { return c >= 'a' && c <= 'z'; }
bool digit(char c) { return c >= '0' && c <= '9'; }

// "localhost", "login.example.com": nothing that could be an address in any notation.
bool plain_host(std::string_view host) {
  if (host.empty() || !lower(host.front()) || host.back() == '.') return false;
  return std::ranges::all_of(host,
                             [](char c) { return lower(c) || digit(c) || c == '-' || c == '.'; }) &&
         host.find("..") == std::string_view::npos;
}

// Nothing that is decoded, removed or escaped: no '%', no "." or ".." segment (nor hidden files).
bool plain_path(std::string_view path) {
  return std::ranges::all_of(path,
                             [](char c) {
                               return lower(c) || digit(c) || (c >= 'A' && c <= 'Z') || c == '/' ||
                                      c == '-' || c == '_' || c == '.' || c == '~';
                             }) &&
         path.find("/./") == std::string_view::npos && path.find("/..") == std::string_view::npos &&
         !path.ends_with("/.");
}

std::optional<std::uint16_t> plain_port(std::string_view text) {
  std::uint16_t port = 0;
  if (text.empty() || text.front() < '1' || text.front() > '9') return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return port;
}

// The common form, in which there is nothing to interpret; everything else is libcurl's. A look at
// an authority parses several, and libcurl's way costs microseconds each.
std::optional<Url> parse_plain(std::string_view text) {
  Url url;
  url.scheme = text.starts_with("https://") ? "https" : "http";
  if (!text.starts_with(url.scheme + "://")) return std::nullopt;
  text.remove_prefix(url.scheme.size() + 3);
  const std::size_t slash = std::min(text.find('/'), text.size());
  std::string_view host = text.substr(0, slash);
  const std::string_view path = text.substr(slash);
  url.port = url.https() ? 443 : 80;
  if (const std::size_t colon = host.find(':'); colon != std::string_view::npos) {
    const auto port = plain_port(host.substr(colon + 1));
    if (!port) return std::nullopt;
    url.port = *port;
    url.explicit_port = true;
    host = host.substr(0, colon);
  }
  if (!plain_host(host) || !plain_path(path)) return std::nullopt;
  url.host = host;
  url.path = path.empty() ? "/" : path;
  return url;
}

}  // namespace

std::string Url::host_port() const { return host + ":" + std::to_string(port); }

std::string Url::origin() const {
  const bool standard = port == (https() ? 443 : 80);
  return scheme + "://" + (standard ? host : host_port());
}

std::string Url::text() const {
  std::string out = scheme + "://";
  if (!user.empty()) out += user + "@";
  out += explicit_port ? host_port() : host;
  out += path;
  if (!query.empty()) out += "?" + query;
  if (!fragment.empty()) out += "#" + fragment;
  return out;
}

Result<Url> parse_url(std::string_view text) {
  if (auto plain = parse_plain(text)) return std::move(*plain);
  // libcurl forgives "https:///host" and guesses a scheme; a configuration must not rely on that.
  const std::size_t slashes = text.find("://");
  if (slashes == std::string_view::npos || text.substr(slashes + 3).starts_with('/')) {
    return fail(ErrorKind::kInput, "'" + refused(text) + "' is not an http or https URL",
                "write it in full: https://login.example.com");
  }
  const Handle handle(curl_url());
  return set_and_split(handle.get(), text);
}

Result<Url> resolve_url(const Url& base, std::string_view reference) {
  const Handle handle(curl_url());
  Result<Url> start = set_and_split(handle.get(), base.text());
  if (!start) return start;
  return set_and_split(handle.get(), reference);
}

std::string redact_url(std::string_view text) {
  const Result<Url> url = parse_url(text);
  if (!url) return "(not a URL)";
  return url->origin() + printable(url->path) +
         (url->query.empty() ? "" : "?" + printable(without_values(url->query)));
}

std::string without_user_info(std::string_view text) {
  constexpr std::string_view kEndsOfAuthority = "/?#\\ \t\r\n\"'<>,;()";
  std::string out;
  std::size_t done = 0;
  for (std::size_t at = text.find("://"); at != std::string_view::npos;
       at = text.find("://", at + 3)) {
    const std::size_t begin = at + 3;
    const std::size_t end = std::min(text.find_first_of(kEndsOfAuthority, begin), text.size());
    const std::size_t last = text.substr(begin, end - begin).rfind('@');
    if (last == std::string_view::npos) continue;
    out += text.substr(done, begin - done);
    done = begin + last + 1;
  }
  return out += text.substr(done);
}

std::string without_url_secrets(std::string_view text) {
  constexpr std::string_view kEndsOfUrl = " \t\r\n\"'`<>\\";
  constexpr std::string_view kEndsOfSentence = ".,;:!?)]";
  // Most texts hold neither, and this is asked at each look.
  if (text.find('@') == std::string_view::npos && text.find('?') == std::string_view::npos) {
    return std::string(text);
  }
  const std::string whole = without_user_info(text);
  std::string_view rest = whole;
  std::string out;
  for (std::size_t at = rest.find("://"); at != std::string_view::npos; at = rest.find("://")) {
    const std::string_view url = rest.substr(0, rest.find_first_of(kEndsOfUrl, at));
    const std::size_t query = std::min(url.find('?', at), url.size());
    out += rest.substr(0, query);
    rest.remove_prefix(query);
    if (query == url.size()) continue;
    const std::size_t end = url.find_last_not_of(kEndsOfSentence) + 1;
    if (end <= query) continue;
    out += "?" + without_values(url.substr(query + 1, end - query - 1));
    rest.remove_prefix(end - query);
  }
  return out += rest;
}

std::string discovery_url(std::string_view issuer) {
  if (issuer.ends_with('/')) issuer.remove_suffix(1);
  return std::string(issuer) + "/.well-known/openid-configuration";
}

}  // namespace idpwatch::base
