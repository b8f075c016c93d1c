#include "validators/node/node_transport.hpp"

#include "validators/core/cache_policy.hpp"
#include "validators/core/proxy_dialects.hpp"

#include <array>
#include <utility>

namespace idpwatch::validators {

namespace {

constexpr std::array<std::string_view, 0> kAllSuites{};

}  // namespace

TransportPolicy node_transport(std::string client) {
  TransportPolicy policy;
  policy.client = std::move(client);
  policy.chain = {.fetches_intermediates = false, .partial_chain = false, .strict = false};
  policy.trust = {.store = StoreKind::kBuiltIn,
                  .file = "SSL_CERT_FILE",
                  .directory = "SSL_CERT_DIR",
                  .adds = "NODE_EXTRA_CA_CERTS",
                  .openssl_switch = "--use-openssl-ca",
                  .advice = "name it in NODE_EXTRA_CA_CERTS of the service's environment"};
  policy.tls = {.library = TlsLibrary::kOpenSsl3,  // from Node 17 on
                .suites = std::span<const std::string_view>(kAllSuites),
                .widened_by = {},
                .renegotiates = kUnknown};
  policy.proxy = proxy_rules(ProxyStack::kNode);
  policy.addresses = {.order = AddressOrder::kSideBySide,  // from Node 20 on
                      .head_start = base::milliseconds(250),
                      .remedy = {}};
  policy.connect_timeout = kForEver;
  return policy;
}

TransportPolicy jose_transport(const std::string& version) {
  TransportPolicy policy = node_transport("jose " + version);
  policy.redirects = {.to_https = false, .to_http = false};
  policy.request.user_agent = "jose/v" + version;
  // 5 asks by http.get of Node.js, measured with 5.10 on Node.js 20: no Accept, nothing decoded. 6
  // asks by fetch; since which release it sends an Accept is not known.
  if (version.starts_with("5.")) {
    policy.request.accept = "";
    policy.request.accept_encoding = "";
    policy.request.decodes = false;
  }
  policy.request.advice = "the option headers of createRemoteJWKSet";
  return policy;
}

}  // namespace idpwatch::validators
