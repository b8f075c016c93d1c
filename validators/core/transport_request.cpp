#include "validators/core/transport_request.hpp"

#include <algorithm>

namespace idpwatch::validators {

namespace {

// Of a client that waits for ever nobody waits for so long: .NET's own default.
constexpr base::Duration kPatienceMax = base::seconds(100);

}  // namespace

Known<model::ClientRequest> client_request(const TransportPolicy& policy,
                                           const FetchLimits& limits) {
  const RequestShape& shape = policy.request;
  if (!shape.user_agent || !shape.accept || !shape.accept_encoding || !shape.decodes) {
    return kUnknown;
  }
  model::ClientRequest request;
  request.as = policy.client;
  request.headers = {{"User-Agent", *shape.user_agent},
                     {"Accept", *shape.accept},
                     {"Accept-Encoding", *shape.accept_encoding}};
  request.timeout = std::min(limits.timeout, kPatienceMax);
  request.redirects = limits.redirects;
  request.decodes = *shape.decodes;
  return request;
}

}  // namespace idpwatch::validators
