// Whom a service trusts: from the files of its store, read as its stack reads them. Pure.
#pragma once

#include "deployed/core/route_facts.hpp"
#include "model/client_request.hpp"
#include "validators/core/transport_policy.hpp"

#include <memory>
#include <string>
#include <vector>

namespace idpwatch::forecast {

struct ServiceTrust {
  // Null: as idpwatch trusts, or not known.
  std::shared_ptr<const model::TrustedCertificates> certificates;
  bool known = false;  // its store was read, or is that of idpwatch
  std::string
      described;  // "SSL_CERT_FILE=/etc/corp/ca.pem (/etc/orders/env:1), 1 certificate; ..."
  std::vector<std::string> faults;  // what is named and does not count, and why
};
ServiceTrust service_trust(const validators::TransportPolicy& policy,
                           const deployed::RouteFacts& facts);

}  // namespace idpwatch::forecast
