#include "model/client_request.hpp"

#include "base/digest.hpp"
#include "base/text.hpp"

#include <cstddef>

namespace idpwatch::model {

namespace {

std::string key_of(const base::NoProxyDialect& dialect) {
  std::string key;
  for (const int value : {static_cast<int>(dialect.name), static_cast<int>(dialect.dotted),
                          static_cast<int>(dialect.star), static_cast<int>(dialect.networks),
                          int{dialect.star_dot}, int{dialect.ports}, int{dialect.loopback_direct},
                          int{dialect.resolves}, int{dialect.spaces}, int{dialect.patterns}}) {
    key += static_cast<char>('0' + value);
  }
  return key;
}

}  // namespace

std::string place_of_proxy(const std::string& configured) {
  if (configured.empty()) return {};
  if (const auto url = base::parse_url(configured)) return url->host_port();
  return base::printable(configured.substr(configured.rfind('@') + 1));
}

std::optional<std::string> ProxyChoice::of(const base::Url& url) const {
  const std::string& proxy = url.https() ? https : http;
  if (proxy.empty()) return proxy;
  const std::optional<bool> exempted = base::exempts(dialect, exempt, url);
  if (!exempted) return std::nullopt;
  return *exempted ? std::string() : proxy;
}

std::string ClientRequest::key() const {
  std::string out;
  for (const auto& [name, value] : headers) {
    out.append(name).append(": ").append(value).append("\n");
  }
  out += std::to_string(timeout.count()) + " " + std::to_string(redirects);
  if (ipv6_alone) out += " by IPv6";
  if (proxy) {
    // The key is stored, and what is in it may be a secret: a password, names of the inside.
    const std::string way =
        proxy->https + "\n" + proxy->http + "\n" + proxy->exempt + "\n" + key_of(proxy->dialect);
    constexpr std::size_t kDigits = 16;
    out += " by " + base::sha256_hex(way).substr(0, kDigits);
  }
  if (trust) out += " trusting " + trust->digest;
  return out;
}

}  // namespace idpwatch::model
