// The route of a service to its provider, made once of what is known of its deployment: its proxy,
// whom it trusts, and how its client asks on that way. A plain value. Pure.
#pragma once

#include "deployed/core/route_facts.hpp"
#include "forecast/route/service_trust.hpp"
#include "forecast/route/service_way.hpp"
#include "model/client_request.hpp"
#include "validators/core/cache_policy.hpp"
#include "validators/core/transport_policy.hpp"

#include <optional>
#include <string>

namespace idpwatch::forecast {

struct ServiceRoute {
  ServiceWay way;
  ServiceTrust trust;
  // nullopt: nothing of it is known by which it differs from idpwatch's own.
  std::optional<model::ClientRequest> request;
  bool same_place = false;    // told so, or it shares idpwatch's network
  bool in_container = false;  // of its own, as far as is known
  std::optional<deployed::ResolverFacts> resolver = std::nullopt;  // which is not idpwatch's

  // Tells routes apart that a provider may be met on otherwise.
  [[nodiscard]] std::string key() const;
  // It may meet something else than idpwatch where nothing else is in doubt.
  [[nodiscard]] bool matters() const;
};

ServiceRoute service_route(const validators::TransportPolicy& policy,
                           const validators::FetchLimits& limits,
                           const deployed::RouteFacts& facts);

}  // namespace idpwatch::forecast
