#include "checks/reachability/outage_remedies.hpp"

#include "base/text.hpp"
#include "checks/check_texts.hpp"
#include "checks/reachability/outcome.hpp"

#include <algorithm>
#include <string_view>

namespace idpwatch::checks {

namespace {

// What may stand in a command that a person copies into a shell: URLs of documents are chosen by
// others, and libcurl takes "$(...)" in a path and "|" in a host.
bool shell_safe(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._~:/%").find(c) != std::string_view::npos;
  });
}

std::string or_else(const std::string& text, std::string_view placeholder) {
  return shell_safe(text) ? text : std::string(placeholder);
}

std::string dns(const std::string& host, const std::string& vantage) {
  return "Run `getent ahosts " + or_else(host, "HOST") + "` on " + vantage +
         "; if that fails, fix DNS; if it works again, the outage is over.";
}

std::string connect(const AuthorityView& view, const model::Fetch& fetch) {
  if (fetch.failure && fetch.failure->detail == model::FailureDetail::kAddressRefused) {
    return "The name leads to a link-local, metadata or private address. If the provider really "
           "is on a private network, set limits.private_addresses: true; else ask who answers "
           "for that name.";
  }
  if (fetch.failure && fetch.failure->detail == model::FailureDetail::kProxy) {
    return "Check the proxy that idpwatch itself goes by (`proxy`, HTTPS_PROXY, NO_PROXY): whether "
           "the services go by it, too, is not known.";
  }
  return "Check the firewall and the proxy between " + base::printable(view.vantage) + " and " +
         host_port_of(final_url(fetch)) + ", then the provider's status page.";
}

std::string tls(const model::Fetch& fetch) {
  const std::string url = final_url(fetch);
  const auto detail = fetch.failure ? fetch.failure->detail : model::FailureDetail::kNone;
  if (detail == model::FailureDetail::kLegacyRenegotiation) {
    return host_of(url) +
           " asks for legacy renegotiation (no RFC 5746), which OpenSSL 3 refuses, idpwatch's as "
           "any other. Update the load balancer or firewall before the provider. Services on "
           "OpenSSL 3 fail the same way, those on OpenSSL 1.1.1 do not.";
  }
  if (detail == model::FailureDetail::kRenegotiation) {
    return host_of(url) +
           " asks for renegotiation within the connection, as for an optional client "
           "certificate; idpwatch never allows it, other clients may.";
  }
  if (detail == model::FailureDetail::kTlsLevel) {
    return "What " + host_of(url) +
           " offers is below the security level of idpwatch's OpenSSL: have it offer TLS 1.2 or "
           "1.3 with keys of 2048 bits and SHA-256. Services judge by their own TLS library.";
  }
  return "Look at the handshake with `openssl s_client -connect " +
         or_else(host_port_of(url), "HOST:443") + " -servername " + or_else(host_of(url), "HOST") +
         "`: protocol version, cipher suites, or a client certificate that is asked for.";
}

std::string too_large(const model::Fetch& fetch, std::string_view limit) {
  return "See what is served at " + shown_url(fetch.url) + "; if it is right, raise " +
         std::string(limit) + ".";
}

bool is_too_large(const model::Fetch& fetch) {
  return fetch.failure && fetch.failure->detail == model::FailureDetail::kTooLarge;
}

// What worked before is not misspelt.
std::string not_found(const AuthorityView& view, const model::Fetch& fetch) {
  const auto& asked = view.observation.discovery;
  const bool discovery = asked && asked->url == fetch.url;
  const auto& good = discovery ? view.discovery_last_good : view.jwks_last_good;
  if (good) {
    return "It was found until " + shown_time(*good) +
           ": ask whether the tenant or realm was deleted, renamed or moved.";
  }
  return "Not found: compare the configured issuer with the provider's own, tenant and path "
         "included.";
}

std::string http(const AuthorityView& view, const model::Fetch& fetch) {
  if (is_too_large(fetch)) return too_large(fetch, "limits.headers");
  if (fetch.failure && fetch.failure->detail == model::FailureDetail::kTooManyRedirects) {
    return "Raise limits.redirects, or point `metadata_url` or `jwks_url` at where the redirects "
           "lead. Most libraries follow more redirects than idpwatch does by default: services may "
           "be fine.";
  }
  switch (fetch.status) {
    case 400:
    case 401:
    case 403:
    case 406:
      if (is_for_us_alone(fetch)) {
        return "A filter before the provider refuses idpwatch's own requests, and answers those of "
               "a service: allow the User-Agent of idpwatch there.";
      }
      return "The provider, or a filter before it, turns this host away: check its allow list of "
             "addresses and user agents.";
    case 404:
    case 410:
      return not_found(view, fetch);
    case 407:
      return "The proxy asks for credentials: set them in `proxy`.";
    case 429:
      return "The provider limits idpwatch's own requests: lengthen this authority's interval, so "
             "that idpwatch asks slower. Services ask seldom, and from addresses of their own.";
    default:
      break;
  }
  if (fetch.status >= 500) return "The fault is the provider's: see its status page, or its logs.";
  return "Open " + shown_url(fetch.url) + " from this host and see what answers.";
}

std::string body(const model::Fetch& fetch) {
  if (is_too_large(fetch)) return too_large(fetch, "limits.body");
  if (fetch.failure && fetch.failure->detail == model::FailureDetail::kCoding) {
    return "The response has a content coding that was not asked for: have the provider's front "
           "end "
           "respect Accept-Encoding.";
  }
  return "The transfer breaks off or cannot be decoded: check for a proxy that truncates "
         "responses, and "
         "the provider's Content-Length and Content-Encoding.";
}

}  // namespace

std::string unreachable_remedy(const AuthorityView& view, const model::Fetch& fetch) {
  switch (silent_kind(fetch)) {
    case model::FailureKind::kTimeout:
      return "See whether `curl -sv -m 30 -o /dev/null " + or_else(shown_url(fetch.url), "URL") +
             "` answers at all. If there is no response, check the firewall and the proxy; if it "
             "is slow, tell the provider. idpwatch gives up after " +
             base::describe_duration(view.spec.timeout) + " (`timeout`); services may wait longer.";
    case model::FailureKind::kDns:
      return dns(host_of(final_url(fetch)), base::printable(view.vantage));
    case model::FailureKind::kConnect:
      return connect(view, fetch);
    case model::FailureKind::kTls:
      return tls(fetch);
    case model::FailureKind::kHttp:
      return http(view, fetch);
    case model::FailureKind::kBody:
      return body(fetch);
  }
  return {};
}

}  // namespace idpwatch::checks
