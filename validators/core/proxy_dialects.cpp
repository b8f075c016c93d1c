#include "validators/core/proxy_dialects.hpp"

#include <array>
#include <cstddef>

namespace idpwatch::validators {

namespace {

using base::NoProxyDialect;
using Name = NoProxyDialect::Name;
using Dotted = NoProxyDialect::Dotted;
using Star = NoProxyDialect::Star;
using Networks = NoProxyDialect::Networks;

// The first releases of Node.js that read NODE_USE_ENV_PROXY (its cli.md).
constexpr std::array<SinceVersion, 2> kNodeSince{{{22, 21}, {24, 5}}};

// dotnet/runtime HttpEnvironmentProxy.cs, HttpEnvironmentProxy.Unix.cs.
StackProxy dotnet() {
  ProxyRules rules;
  rules.source = ProxySource::kEnvironment;
  rules.for_https = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
  rules.for_http = {"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"};
  rules.exempt = {"no_proxy", "NO_PROXY"};
  rules.dialect = NoProxyDialect{.name = Name::kHost, .star = Star::kNothing};
  rules.advice = "set HTTPS_PROXY in the service's environment";
  rules.exemption_advice = "the whole host name, or a domain with a leading dot";
  rules.empty_hides = true;
  rules.not_with = "GATEWAY_INTERFACE";
  return {ProxyStack::kDotnet, ".NET", rules};
}

// curl lib/url.c (detect_proxy), lib/noproxy.c.
ProxyRules curl_rules() {
  ProxyRules rules;
  rules.source = ProxySource::kEnvironment;
  rules.for_https = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
  rules.for_http = {"http_proxy", "all_proxy", "ALL_PROXY"};
  rules.exempt = {"no_proxy", "NO_PROXY"};
  rules.dialect = base::kCurlNoProxy;
  rules.advice = "set HTTPS_PROXY in the service's environment";
  rules.exemption_advice = "a domain, which exempts what is below it, too";
  return rules;
}

// golang/net http/httpproxy/proxy.go.
ProxyRules go_rules() {
  ProxyRules rules;
  rules.source = ProxySource::kEnvironment;
  rules.for_https = {"HTTPS_PROXY", "https_proxy"};
  rules.for_http = {"HTTP_PROXY", "http_proxy"};
  rules.exempt = {"NO_PROXY", "no_proxy"};
  rules.dialect = NoProxyDialect{.dotted = Dotted::kBelow,
                                 .star_dot = true,
                                 .networks = Networks::kAll,
                                 .ports = true,
                                 .star = Star::kAnywhere,
                                 .loopback_direct = true};
  rules.advice = "set HTTPS_PROXY in the service's environment";
  rules.exemption_advice = "a domain, which exempts what is below it, too";
  rules.not_with = "REQUEST_METHOD";
  return rules;
}

// CPython urllib/request.py: getproxies_environment, proxy_bypass_environment.
ProxyRules python_rules(bool requests) {
  ProxyRules rules;
  rules.source = ProxySource::kEnvironment;
  rules.for_https = {"https_proxy", "HTTPS_PROXY"};
  rules.for_http = {"http_proxy", "HTTP_PROXY"};
  rules.exempt = {"no_proxy", "NO_PROXY"};
  NoProxyDialect dialect{.ports = true};
  if (requests) {  // requests utils.py: should_bypass_proxies, select_proxy
    dialect.name = Name::kEnds;
    dialect.networks = Networks::kV4;
    for (auto* names : {&rules.for_https, &rules.for_http}) {
      names->insert(names->end(), {"all_proxy", "ALL_PROXY"});
    }
  }
  rules.dialect = dialect;
  rules.advice = "set HTTPS_PROXY in the service's environment";
  rules.exemption_advice = "a domain, which exempts what is below it, too";
  rules.empty_hides = true;
  rules.not_with = "REQUEST_METHOD";
  return rules;
}

// Ruby lib/uri/generic.rb: find_proxy, use_proxy?.
ProxyRules ruby_rules() {
  ProxyRules rules;
  rules.source = ProxySource::kEnvironment;
  rules.for_https = {"https_proxy", "HTTPS_PROXY"};
  rules.for_http = {"http_proxy", "HTTP_PROXY"};
  rules.exempt = {"no_proxy", "NO_PROXY"};
  rules.dialect = NoProxyDialect{.networks = Networks::kAll,
                                 .ports = true,
                                 .star = Star::kNothing,
                                 .resolves = true,
                                 .spaces = true};
  rules.advice = "set https_proxy in the service's environment";
  rules.exemption_advice = "a domain, which exempts what is below it, too, or an address";
  rules.empty_hides = true;
  return rules;
}

// Node's cli.md and its enterprise network guide. How it reads NO_PROXY is not known.
ProxyRules node_rules() {
  ProxyRules rules;
  rules.source = ProxySource::kEnvironment;
  rules.for_https = {"https_proxy", "HTTPS_PROXY"};
  rules.for_http = {"http_proxy", "HTTP_PROXY"};
  rules.exempt = {"no_proxy", "NO_PROXY"};
  rules.dialect = kUnknown;
  rules.needs = "NODE_USE_ENV_PROXY";
  rules.advice =
      "set NODE_USE_ENV_PROXY=1 beside HTTPS_PROXY (Node 22.21, 24.5 and later), or hand the "
      "library an agent that goes by the proxy";
  rules.since = kNodeSince;
  rules.version_variable = "NODE_VERSION";
  return rules;
}

// JDK net.properties.
ProxyRules java_rules() {
  ProxyRules rules;
  rules.source = ProxySource::kEnvironment;
  rules.for_https = {"https.proxyHost"};
  rules.for_http = {"http.proxyHost"};
  rules.exempt = {"http.nonProxyHosts"};
  rules.dialect = NoProxyDialect{.patterns = true};
  rules.advice = "set -Dhttps.proxyHost and -Dhttps.proxyPort, in JAVA_TOOL_OPTIONS for instance";
  rules.exemption_advice = "hosts separated by |, with * at their ends, in -Dhttp.nonProxyHosts";
  rules.options = {"JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"};
  rules.default_exempt = "localhost|127.*|[::1]";
  return rules;
}

ProxyRules reads_nothing(ProxySource source, std::string_view advice) {
  ProxyRules rules;
  rules.source = source;
  rules.advice = advice;
  return rules;
}

// quarkusio/quarkus #40490; spring-security #7391; mod_auth_openidc src/http.c; istio's istiod is a
// program in Go and fetches for all that it configures.
std::array<StackProxy, 13> made() {
  return {{dotnet(),
           {ProxyStack::kCurl, "curl", curl_rules()},
           {ProxyStack::kGo, "Go", go_rules()},
           {ProxyStack::kUrllib, "Python's urllib", python_rules(false)},
           {ProxyStack::kRequests, "Python's requests", python_rules(true)},
           {ProxyStack::kRuby, "Ruby's Net::HTTP", ruby_rules()},
           {ProxyStack::kNode, "Node.js", node_rules()},
           {ProxyStack::kJava, "Java's HttpURLConnection", java_rules()},
           {ProxyStack::kQuarkus, "Quarkus OIDC",
            reads_nothing(ProxySource::kSettings, "set quarkus.oidc.proxy.host and .port")},
           {ProxyStack::kSpringWebClient, "Spring's WebClient",
            reads_nothing(ProxySource::kNone,
                          "build the WebClient with a connector that goes by "
                          "the proxy")},
           {ProxyStack::kApache, "mod_auth_openidc", curl_rules()},
           {ProxyStack::kEnvoy, "Envoy",
            reads_nothing(ProxySource::kNone, "route the cluster through the proxy")},
           {ProxyStack::kIstiod, "istiod", go_rules()}}};
}

}  // namespace

std::span<const StackProxy> proxy_dialects() {
  static const std::array<StackProxy, 13> rows = made();
  return rows;
}

const ProxyRules& proxy_rules(ProxyStack stack) {
  return proxy_dialects()[static_cast<std::size_t>(stack)].rules;
}

}  // namespace idpwatch::validators
