// The request by which a client of that policy asks for a document. Pure.
#pragma once

#include "model/client_request.hpp"
#include "validators/core/cache_policy.hpp"
#include "validators/core/transport_policy.hpp"

namespace idpwatch::validators {

// How long it waits for an answer, bounded: of a client that waits for ever nobody waits so long.
base::Duration patience_of(const FetchLimits& limits);

// kUnknown where a part of it is.
Known<model::ClientRequest> client_request(const TransportPolicy& policy,
                                           const FetchLimits& limits);

}  // namespace idpwatch::validators
