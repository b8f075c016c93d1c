// The deployed service of the demonstration: an ASP.NET Core API, simulated. It is asked with valid
// tokens, signed by whichever key the provider signs with at that moment.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "demo/demo_server.hpp"
#include "forecast/history/authority_history.hpp"
#include "model/validator_settings.hpp"
#include "validators/core/simulation.hpp"

#include <memory>
#include <string>

namespace idpwatch::demo {

class DemoService {
 public:
  static base::Result<std::unique_ptr<DemoService>> start(const model::ValidatorSettings& settings,
                                                          const DemoProvider& provider);

  // One call with a token issued just now.
  validators::Answer call(const DemoKey& signed_by, const std::string& kid, base::Instant now);

 private:
  DemoService(std::shared_ptr<const validators::Validator> validator, const DemoProvider& provider)
      : provider_(provider), simulation_(std::move(validator)) {}

  const DemoProvider& provider_;
  forecast::AuthorityHistory world_;
  validators::Simulation simulation_;
};

}  // namespace idpwatch::demo
