// Asks a protected API as checks/endpoint plans it, one request after the other. The token is put
// into the requests that carry one as they go out, and stands nowhere else.
#pragma once

#include "base/clock.hpp"
#include "base/environment.hpp"
#include "base/result.hpp"
#include "checks/endpoint/endpoint_plan.hpp"
#include "model/authority.hpp"

#include <string>

namespace idpwatch::cli {

struct EndpointProbe {
  checks::EndpointQuestion question;
  checks::HeaderFields extra;      // of --header
  std::string token;               // empty: none is sent
  model::AuthoritySpec transport;  // its time-out, proxy and certificates
  model::Limits limits;
};

base::Result<model::Exchange> probe_endpoint(const EndpointProbe& probe,
                                             const base::Environment& environment,
                                             const base::Clock& clock);

}  // namespace idpwatch::cli
