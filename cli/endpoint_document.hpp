// What `endpoint --format json` prints (docs/schema/endpoint.json). No token is ever in it.
#pragma once

#include "checks/endpoint/endpoint_report.hpp"
#include "model/finding.hpp"

#include <string>
#include <vector>

namespace idpwatch::cli {

struct JudgedEndpoint {
  const checks::EndpointReport& report;
  const model::Exchange& exchange;
  const std::vector<model::Finding>& findings;
  const checks::HeaderFields& extra;  // of --header, whose values may be secrets
};

std::string endpoint_document(const JudgedEndpoint& judged);

}  // namespace idpwatch::cli
