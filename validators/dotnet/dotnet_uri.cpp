#include "validators/dotnet/dotnet_uri.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <charconv>
#include <vector>

namespace idpwatch::validators {
namespace {

constexpr std::string_view kSkipped = " \t\r\n";  // UriHelper.IsLWS
constexpr std::size_t kMaxLength = 0xFFF0;

bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
int hex_value(char c) {
  return is_digit(c)              ? c - '0'
         : (c >= 'a' && c <= 'f') ? c - 'a' + 10
         : (c >= 'A' && c <= 'F') ? c - 'A' + 10
                                  : -1;
}
bool is_unreserved(char c) {
  return is_alpha(c) || is_digit(c) || std::string_view("-._~").find(c) != std::string_view::npos;
}
// RFC 3986, sections 2.2 and 2.3.
bool stays(char c) {
  return is_unreserved(c) ||
         std::string_view(":/?#[]@!$&'()*+,;=").find(c) != std::string_view::npos;
}

void escape(std::string& out, unsigned byte) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  out.push_back('%');
  out.push_back(kDigits[byte >> 4]);
  out.push_back(kDigits[byte & 0xF]);
}

// UriFormat.UriEscaped: what is escaped stays so, but for unreserved characters.
std::string escaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const int high = c == '%' && i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
    const int low = high < 0 ? -1 : hex_value(text[i + 2]);
    if (low >= 0) {
      const auto byte = static_cast<unsigned char>(high * 16 + low);
      if (is_unreserved(static_cast<char>(byte))) {
        out.push_back(static_cast<char>(byte));
      } else if (byte >= 0x80) {
        escape(out, byte);
      } else {
        out.append(text.substr(i, 3));
      }
      i += 2;
    } else if (stays(c)) {
      out.push_back(c);
    } else {
      escape(out, static_cast<unsigned char>(c));
    }
  }
  return out;
}

// Removes "." and ".." segments, as the parser of http and https does.
std::string compressed(std::string_view path) {
  std::vector<std::string_view> kept;
  auto segments = base::split(path.substr(1), '/');
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const bool last = i + 1 == segments.size();
    const bool up = segments[i] == "..";
    if (up && !kept.empty()) {
      kept.pop_back();
    }
    if (!up && segments[i] != ".") {
      kept.push_back(segments[i]);
    } else if (last) {
      kept.emplace_back();
    }
  }
  std::string out;
  for (const std::string_view segment : kept) {
    out += '/';
    out += segment;
  }
  return out.empty() ? "/" : out;
}

// A name of letters, digits, "-", "_" and dots, an address in brackets, or letters beyond ASCII.
bool is_host(std::string_view host) {
  if (host.starts_with('[')) {
    return host.size() > 3 && host.ends_with(']');
  }
  return !host.empty() && host.front() != '.' && std::all_of(host.begin(), host.end(), [](char c) {
    return is_alpha(c) || is_digit(c) || c == '-' || c == '_' || c == '.' ||
           static_cast<unsigned char>(c) >= 0x80;
  });
}

struct Authority {
  std::string host, port;  // ":8443"; "" for the default
};

std::optional<Authority> parse_authority(std::string_view text, std::string_view scheme) {
  if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) {
    text.remove_prefix(at + 1);
  }
  const std::size_t bracket = text.starts_with('[') ? text.find(']') : 0;
  const std::size_t colon = text.find(':', std::min(bracket, text.size()));
  const std::string_view host = text.substr(0, colon);
  if (!is_host(host)) {
    return std::nullopt;
  }
  Authority authority{base::to_lower(host), {}};
  if (colon == std::string_view::npos || colon + 1 == text.size()) {
    return authority;
  }
  unsigned port = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data() + colon + 1, last, port);
  if (error != std::errc{} || end != last || port > 65535) {
    return std::nullopt;
  }
  if (port != (scheme == "https" ? 443U : 80U)) {
    authority.port = ':' + std::to_string(port);
  }
  return authority;
}

// Letters, digits, "+", "-" and "." behind a letter; a single letter is a drive.
std::optional<std::string> parse_scheme(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon < 2 || !is_alpha(text.front())) {
    return std::nullopt;
  }
  const std::string_view scheme = text.substr(0, colon);
  const bool good = std::all_of(scheme.begin(), scheme.end(), [](char c) {
    return is_alpha(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
  });
  return good ? std::optional(base::to_lower(scheme)) : std::nullopt;
}

}  // namespace

std::optional<DotnetUri> parse_dotnet_uri(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kSkipped);
  if (first == std::string_view::npos || text.size() >= kMaxLength) {
    return std::nullopt;
  }
  text = text.substr(first, text.find_last_not_of(kSkipped) + 1 - first);
  const auto scheme = parse_scheme(text);
  if (!scheme) {
    return std::nullopt;
  }
  if (*scheme != "https" && *scheme != "http") {
    return DotnetUri{*scheme, std::string(text), std::string(text)};  // no HttpClient fetches it
  }
  std::string_view rest = text.substr(scheme->size() + 1);
  constexpr std::string_view kSlashes = "/\\";
  if (rest.size() < 2 || kSlashes.find(rest[0]) == std::string_view::npos ||
      kSlashes.find(rest[1]) == std::string_view::npos) {
    return std::nullopt;
  }
  rest.remove_prefix(2);
  const std::size_t host_end = std::min(rest.find_first_of("/\\?#"), rest.size());
  const auto authority = parse_authority(rest.substr(0, host_end), *scheme);
  if (!authority) {
    return std::nullopt;
  }
  rest = rest.substr(host_end, rest.find('#') - host_end);
  const std::size_t path_end = std::min(rest.find('?'), rest.size());
  std::string path(rest.substr(0, path_end));
  std::replace(path.begin(), path.end(), '\\', '/');
  const std::string target =
      compressed(path.empty() ? "/" : escaped(path)) + escaped(rest.substr(path_end));
  std::string normal = *scheme + "://" + authority->host + authority->port + target;
  const bool plain = text.substr(scheme->size()).starts_with("://") &&
                     text.find_first_of("#@") == std::string_view::npos;
  const bool as_spelled = plain && (rest == target || rest.empty());
  return DotnetUri{*scheme, normal, as_spelled ? std::string(text) : normal};
}

bool is_normal_https(std::string_view text) {
  constexpr std::string_view kScheme = "https://";
  if (!text.starts_with(kScheme) || text.size() >= kMaxLength) {
    return false;
  }
  const std::string_view rest = text.substr(kScheme.size());
  const std::size_t path = rest.find('/');
  if (path == 0 || path == std::string_view::npos || rest.front() == '.') {
    return false;
  }
  const auto lower = [](char c) { return (c >= 'a' && c <= 'z') || is_digit(c); };
  const bool host = std::all_of(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(path),
                                [&](char c) { return lower(c) || c == '-' || c == '.'; });
  if (!host) {
    return false;
  }
  for (std::size_t i = path; i < rest.size(); ++i) {
    const bool dots = rest[i] == '.' && rest[i - 1] == '/' &&
                      (i + 1 == rest.size() || rest[i + 1] == '/' || rest[i + 1] == '.');
    if (dots || !(is_alpha(rest[i]) || is_digit(rest[i]) || rest[i] == '/' || rest[i] == '-' ||
                  rest[i] == '.' || rest[i] == '_')) {
      return false;
    }
  }
  return true;
}

}  // namespace idpwatch::validators
