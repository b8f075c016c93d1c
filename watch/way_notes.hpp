// The way by which idpwatch itself reached an authority, for people: by which address, proxy and
// trust, and what others may meet otherwise. Pure.
#pragma once

#include "forecast/route/service_route.hpp"
#include "model/observation.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::watch {

// One note a document and fact; nothing where there is nothing to say.
std::vector<std::string> way_of(const model::Observation& seen);

// Whether a certificate was held against our store.
bool went_by_tls(const model::Observation& seen);

// Where a service asks another resolver than idpwatch: what that leaves open, one note a host.
std::vector<std::string> resolver_notes(const model::Observation& seen,
                                        const forecast::ServiceRoute& route,
                                        std::string_view vantage);

// What idpwatch's own limits or rules ended, with no word about the provider; empty: nothing.
std::string ended_by_us(const model::Observation& seen);

}  // namespace idpwatch::watch
