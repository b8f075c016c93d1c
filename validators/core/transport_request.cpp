#include "validators/core/transport_request.hpp"

#include <algorithm>
#include <span>
#include <string_view>

namespace idpwatch::validators {

namespace {

// Of a client that waits for ever nobody waits for so long: .NET's own default.
constexpr base::Duration kPatienceMax = base::seconds(100);

}  // namespace

base::Duration patience_of(const FetchLimits& limits) {
  return std::min(limits.timeout, kPatienceMax);
}

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
  request.timeout = patience_of(limits);
  request.redirects = limits.redirects;
  request.decodes = *shape.decodes;
  for (const std::string_view suite :
       policy.tls.suites.value_or(std::span<const std::string_view>())) {
    if (!request.suites.empty()) request.suites += ':';
    request.suites += suite;
  }
  request.in_turn = policy.addresses.order == AddressOrder::kInTurn;
  return request;
}

}  // namespace idpwatch::validators
