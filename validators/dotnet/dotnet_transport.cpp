#include "validators/dotnet/dotnet_transport.hpp"

#include "validators/core/cache_policy.hpp"
#include "validators/core/proxy_dialects.hpp"

#include <array>
#include <utility>

namespace idpwatch::validators {

namespace {

// pal_ssl.c sets them where openssl.cnf has no CipherString: .NET 5 and later.
constexpr std::array<std::string_view, 8> kSuites{
    "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES128-GCM-SHA256",   "ECDHE-ECDSA-AES256-SHA384",     "ECDHE-ECDSA-AES128-SHA256",
    "ECDHE-RSA-AES256-SHA384",       "ECDHE-RSA-AES128-SHA256"};
constexpr std::array<std::string_view, 0> kAllSuites{};
constexpr int kOwnSuitesFrom = 5;
// JwtBearer 3.1 sends none; 6.0.24 and all later ones that were looked at do.
constexpr int kNamesItselfFrom = 6;

}  // namespace

TransportPolicy dotnet_transport(std::string client) {
  TransportPolicy policy;
  policy.client = std::move(client);
  policy.chain = {.fetches_intermediates = true, .partial_chain = false, .strict = false};
  policy.trust = {.store = StoreKind::kOpenSslFiles,
                  .file = "SSL_CERT_FILE",
                  .directory = "SSL_CERT_DIR",
                  .adds = {},
                  .openssl_switch = {},
                  .advice =
                      "add it with update-ca-certificates in the service's image, or name it "
                      "in SSL_CERT_FILE of the service's environment"};
  policy.tls = {.library = TlsLibrary::kOpenSslOfSystem,
                .suites = std::span<const std::string_view>(kSuites),
                .widened_by = "CipherString in the service's openssl.cnf",
                .renegotiates = true};
  policy.proxy = proxy_rules(ProxyStack::kDotnet);
  policy.addresses = {.order = AddressOrder::kInTurn,
                      .head_start = kUnknown,
                      .remedy = "set DOTNET_SYSTEM_NET_DISABLEIPV6=1 for the service"};
  policy.redirects = {.to_https = true, .to_http = false};
  policy.request = {.user_agent = kUnknown,
                    .accept = "",
                    .accept_encoding = "",
                    .decodes = false,
                    .http2 = false,
                    .advice = "BackchannelHttpHandler or Backchannel of the options"};
  policy.connect_timeout = kForEver;
  return policy;
}

TransportPolicy jwt_bearer_transport(const std::string& version, int host) {
  TransportPolicy policy = dotnet_transport("JwtBearer of .NET " + std::to_string(host) +
                                            " (Microsoft.IdentityModel " + version + ")");
  policy.request.user_agent =
      host >= kNamesItselfFrom ? "Microsoft ASP.NET Core JwtBearer handler" : "";
  if (host < kOwnSuitesFrom) policy.tls.suites = std::span<const std::string_view>(kAllSuites);
  return policy;
}

}  // namespace idpwatch::validators
