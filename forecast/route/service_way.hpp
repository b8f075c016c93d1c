// By which proxy a service goes to its provider: from the variables of its environment, read in the
// dialect of its stack, or from `route:` of our configuration, which wins. Pure.
#pragma once

#include "base/url.hpp"
#include "deployed/core/route_facts.hpp"
#include "model/client_request.hpp"
#include "validators/core/transport_policy.hpp"

#include <optional>
#include <string>

namespace idpwatch::forecast {

struct ServiceWay {
  // nullopt: not known, or nothing says that it differs from idpwatch's.
  std::optional<model::ProxyChoice> choice;
  std::string proxy_from;   // "HTTPS_PROXY (/etc/orders/env:1)"; empty: no proxy is named
  std::string exempt_from;  // "NO_PROXY=example.test (/etc/orders/env:2)"; empty: none
  std::string unread;       // likewise, a proxy that is named and that its stack does not read
  std::string unknown;      // why it is not known; empty: it is, or nothing is said of it
};
ServiceWay service_way(const validators::TransportPolicy& policy,
                       const deployed::RouteFacts& facts);

}  // namespace idpwatch::forecast
