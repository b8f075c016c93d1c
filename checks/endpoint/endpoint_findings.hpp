// What was judged of a protected API -> findings and results by rule, the same for the command and
// the daemon. Pure.
#pragma once

#include "checks/endpoint/endpoint_report.hpp"
#include "model/rules.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::checks {

// Whom the findings are about, and who says so.
struct EndpointSubject {
  std::string deployment;  // its name, or the address that was given
  std::string vantage;
  std::optional<model::SourceRef> source;  // of the entry in our configuration
  base::Instant now;
};

// The rules that nothing but a probe of a protected API opens. It can open `refusal-audience`, too,
// where no forecast judges the deployment's audiences.
bool is_endpoint_rule(std::string_view rule);

// Warnings and refusals that have a rule.
std::vector<model::Finding> endpoint_findings(const EndpointReport& report,
                                              const Exchange& exchange,
                                              const EndpointSubject& subject);

// One result for each rule: failing with its finding, passing where the probe shows that all is
// well, unknown where it shows nothing. What is not asked for (no page, no token) passes, so that a
// finding closes when our configuration no longer asks.
struct AskedOfEndpoint {
  bool cors = false, token = false;
  bool token_missing = false;  // one is configured, and there is none at the moment
  bool forecast = false;       // the forecast judges the deployment's audiences
};
std::vector<model::CheckResult> endpoint_results(const EndpointReport& report,
                                                 const Exchange& exchange,
                                                 const EndpointSubject& subject,
                                                 const AskedOfEndpoint& asked);

}  // namespace idpwatch::checks
