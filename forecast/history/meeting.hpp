// What a service's own client meets where idpwatch met something: by the policy of its transport.
// Where both ask alike it is the same; where a difference is known the client is judged by its own;
// where it is not known, nothing is said. What only idpwatch cannot or may not do is never a
// refusal of a service. Pure.
#pragma once

#include "forecast/history/authority_history.hpp"
#include "forecast/route/service_route.hpp"
#include "validators/core/cache_policy.hpp"
#include "validators/core/transport_policy.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace idpwatch::forecast {

struct Met {
  std::optional<validators::Served> served;  // null: not known
  std::string unknown;                       // then: why
  std::string note;                          // it is well, as far as
  bool by_itself = false;                    // idpwatch failed where this client is served
};
// `route`: what is known of its way; null: nothing.
Met met_by(const validators::Served& seen, std::string_view url,
           const validators::TransportPolicy& policy, const validators::FetchLimits& limits,
           const ServiceRoute* route = nullptr);

// All that an authority served as one client met it. What it met is not known of where `unknown`
// says why, by URL: of the newest looks; there what was known before stands.
struct MetHistory {
  AuthorityHistory history;
  std::map<std::string, std::string, std::less<>> unknown, notes;
  // Where the newest look of idpwatch failed and the client is served.
  std::set<std::string, std::less<>> by_itself;
};
MetHistory met_history(const AuthorityHistory& seen, const validators::TransportPolicy& policy,
                       const validators::FetchLimits& limits, const ServiceRoute* route = nullptr);

}  // namespace idpwatch::forecast
