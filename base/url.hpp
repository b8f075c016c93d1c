// An absolute http(s) URL, split. Parsing is libcurl's, so that what we judge is what we fetch.
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace idpwatch::base {

struct Url {
  std::string scheme;      // lower case
  std::string user;        // user info, if any ("user" or "user:password"), undecoded
  std::string host;        // lower case; IPv6 in brackets
  std::uint16_t port = 0;  // always set; the scheme's default when the text has none
  bool explicit_port = false;
  std::string path;      // at least "/"
  std::string query;     // without "?"
  std::string fragment;  // without "#"

  [[nodiscard]] bool https() const { return scheme == "https"; }
  [[nodiscard]] std::string host_port() const;  // "host:port", port always written
  [[nodiscard]] std::string origin() const;     // "https://host[:port]", default port left out
  [[nodiscard]] std::string text() const;
};

// Absolute, with scheme http or https and a host; everything else is an Error (kInput).
Result<Url> parse_url(std::string_view text);
// A Location header against the URL that answered (RFC 3986 section 5).
Result<Url> resolve_url(const Url& base, std::string_view reference);
// What of a URL may leave the process, in a log, a message, a page or the database: no user info
// and no value of its query, which may be a key; the names in the query stay. The request itself is
// made with the whole URL.
std::string redact_url(std::string_view text);
// The text with the user info ("user:password@") of every URL in it left out.
std::string without_user_info(std::string_view text);
// A text whose every URL is as redact_url() leaves it: what every text goes through that is told.
std::string without_url_secrets(std::string_view text);
// OpenID Connect Discovery 1.0 section 4: strip one terminating "/", append the well-known path.
std::string discovery_url(std::string_view issuer);

}  // namespace idpwatch::base
