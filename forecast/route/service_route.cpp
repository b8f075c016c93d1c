#include "forecast/route/service_route.hpp"

#include "validators/core/transport_request.hpp"

#include <utility>

namespace idpwatch::forecast {

std::string ServiceRoute::key() const {
  std::string key = request ? request->key() : std::string();
  for (const std::string* part :
       {&way.proxy_from, &way.exempt_from, &way.unread, &way.unknown, &trust.described}) {
    key += "\n" + *part;
  }
  for (const std::string& fault : trust.faults) key += "\n" + fault;
  key += trust.known ? "\nknown" : "\n";
  key += same_place ? " same" : "";
  return key;
}

bool ServiceRoute::matters() const {
  // One that goes directly differs only where idpwatch does not, and then that is in doubt anyhow.
  const bool proxied = way.choice && !(way.choice->https.empty() && way.choice->http.empty());
  return proxied || !way.unknown.empty() || trust.certificates || !trust.faults.empty();
}

ServiceRoute service_route(const validators::TransportPolicy& policy,
                           const validators::FetchLimits& limits,
                           const deployed::RouteFacts& facts) {
  ServiceRoute route;
  route.way = service_way(policy, facts);
  route.trust = service_trust(policy, facts);
  route.same_place = facts.declared.same_place.value_or(facts.same_network);
  route.in_container = facts.in_container && !facts.declared.same_place.value_or(false);
  route.resolver = facts.resolver;
  route.request = validators::client_request(policy, limits);
  if (!route.way.choice && !route.trust.certificates) return route;
  if (!route.request) {
    route.request = model::ClientRequest{};
    route.request->as = policy.client;
    route.request->timeout = validators::patience_of(limits);
    route.request->redirects = limits.redirects;
    route.request->decodes = true;
    route.request->whole = false;
  }
  route.request->proxy = route.way.choice;
  route.request->trust = route.trust.certificates;
  return route;
}

}  // namespace idpwatch::forecast
