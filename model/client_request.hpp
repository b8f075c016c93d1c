// The request of a watched client, as far as a provider can tell it from others, and the way that
// it goes: to ask as it asks. A plain value.
#pragma once

#include "base/no_proxy.hpp"
#include "base/time.hpp"
#include "base/url.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace idpwatch::model {

// "proxy:3128" of what is configured: without user info, which is a secret.
std::string place_of_proxy(const std::string& configured);

// Which proxy a client takes, by the variables that it reads in its dialect.
struct ProxyChoice {
  std::string https, http;  // by the scheme of what is asked; empty: none
  std::string exempt;       // NO_PROXY or its kin
  base::NoProxyDialect dialect;

  bool operator==(const ProxyChoice&) const = default;
  // "": directly. nullopt: it hangs on what is not known.
  [[nodiscard]] std::optional<std::string> of(const base::Url& url) const;
};

// Whom a client trusts, where that is not whom idpwatch trusts.
struct TrustedCertificates {
  std::string pem;
  std::string digest;     // tells them apart
  std::string described;  // "SSL_CERT_FILE=/etc/corp/ca.pem (1 certificate)", for people
  bool partial_chain = false;
};

struct ClientRequest {
  std::string as;  // "JwtBearer 8.0", for people
  // User-Agent, Accept and the like; one with an empty value is not sent at all.
  std::vector<std::pair<std::string, std::string>> headers;
  base::Duration timeout{0};
  int redirects = 0;
  std::optional<ProxyChoice> proxy;  // nullopt: as idpwatch goes
  bool decodes = false;              // what comes compressed
  std::string suites = {};  // all that it offers of TLS 1.2, by OpenSSL's names; empty: all
  bool in_turn = false;     // it tries the addresses of a name one after the other
  bool ipv6_alone = false;  // to ask whether the IPv6 addresses answer
  bool whole = true;        // its header lines are known; else it is its way alone
  std::shared_ptr<const TrustedCertificates> trust = nullptr;  // null: as idpwatch trusts

  bool operator==(const ClientRequest&) const = default;
  // Equal for equal requests, whoever makes them.
  [[nodiscard]] std::string key() const;
};

}  // namespace idpwatch::model
