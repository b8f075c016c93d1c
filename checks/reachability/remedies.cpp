#include "checks/reachability/remedies.hpp"

#include "base/text.hpp"
#include "base/url.hpp"
#include "checks/reachability/outcome.hpp"
#include "checks/texts.hpp"

namespace idpwatch::checks {

namespace {

// Commands are only proposed for hosts that libcurl takes for hosts: no character of a shell.
std::string connect_target(std::string_view url) {
  const base::Result<base::Url> parsed = base::parse_url(url);
  return parsed ? parsed->host_port() : "HOST:443";
}

std::string dns(const std::string& host, const std::string& vantage) {
  return "Run `getent ahosts " + host + "` on " + vantage +
         "; if it fails, mend the resolver or the record, else the failure has passed.";
}

std::string connect(const AuthorityView& view, const model::Fetch& fetch) {
  if (fetch.failure && fetch.failure->detail == model::FailureDetail::kAddressRefused) {
    return "The name leads to a link-local, metadata or private address. If the provider really "
           "stands on a private network, set limits.private_addresses: true; else ask who answers "
           "for that name.";
  }
  return "Check the firewall and the proxy between " + base::printable(view.vantage) + " and " +
         host_port_of(final_url(fetch)) + ", then the provider's status page.";
}

std::string tls(const model::Fetch& fetch) {
  const std::string url = final_url(fetch);
  const base::Result<base::Url> parsed = base::parse_url(url);
  return "Look at the handshake with `openssl s_client -connect " + connect_target(url) +
         " -servername " + (parsed ? parsed->host : "HOST") +
         "`: protocol version, cipher suites, or a client certificate that is asked for.";
}

std::string http(const model::Fetch& fetch) {
  switch (fetch.status) {
    case 401:
    case 403:
      return "The provider, or a filter before it, turns this host away: check its allow list of "
             "addresses and user agents.";
    case 404:
    case 410:
      return "Nothing stands at that address: compare the configured issuer with the provider's "
             "own, tenant and path included.";
    case 407:
      return "The proxy asks for credentials: set them in `proxy`.";
    case 429:
      return "The provider limits requests: lengthen this authority's interval.";
    default:
      break;
  }
  if (fetch.status >= 500) return "The fault is the provider's: see its status page, or its logs.";
  return "Open " + shown_url(fetch.url) + " from this host and see what answers.";
}

std::string body(const model::Fetch& fetch) {
  if (fetch.failure && fetch.failure->detail == model::FailureDetail::kTooLarge) {
    return "See what is served at " + shown_url(fetch.url) +
           "; if it is right, raise limits.body or limits.headers.";
  }
  return "The transfer breaks off or cannot be decoded: look for a proxy that cuts answers, and at "
         "the provider's Content-Length and Content-Encoding.";
}

}  // namespace

std::string unreachable_remedy(const AuthorityView& view, const model::Fetch& fetch) {
  switch (silent_kind(fetch)) {
    case model::FailureKind::kTimeout:
      return "See whether `curl -sv -m 30 -o /dev/null " + shown_url(fetch.url) +
             "` answers at all: a slow provider needs its operator, silence a look at firewall and "
             "proxy.";
    case model::FailureKind::kDns:
      return dns(host_of(final_url(fetch)), base::printable(view.vantage));
    case model::FailureKind::kConnect:
      return connect(view, fetch);
    case model::FailureKind::kTls:
      return tls(fetch);
    case model::FailureKind::kHttp:
      return http(fetch);
    case model::FailureKind::kBody:
      return body(fetch);
  }
  return {};
}

}  // namespace idpwatch::checks
