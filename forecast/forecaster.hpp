// The forecast: will this deployed validator refuse valid tokens, from when, for how long, with
// which error? By asking the simulated validator over all that is unknown (docs/forecast.md).
//
// Pure, one thread: simulations share the document store of their validators. Nothing here fails.
#pragma once

#include "base/time.hpp"
#include "forecast/view.hpp"
#include "model/rules.hpp"

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace idpwatch::forecast {

struct Forecast {
  // One for each refusal-* rule, good ones too, about view.name and its authority.
  std::vector<model::CheckResult> results;
  // When it would change by the passing of time alone (a window nears, a cache ends).
  std::optional<base::Instant> next_change;
  // Why nothing can be said of whether it can fetch; empty: it can be said.
  std::string undetermined = {};
  // How its client reaches the provider, where others do not or it hangs on something.
  std::vector<std::string> notes = {};
  // Its client is served what idpwatch was not.
  bool by_itself = false;
  // Rules that are told by what its own client is known to do, and not by what idpwatch met.
  std::set<std::string, std::less<>> by_own_rules = {};
};

// Remembers, within its life, what equal questions were answered: deployments that differ in their
// name alone are asked once. Make one for a turn of the loop.
class Forecaster {
 public:
  Forecaster();
  ~Forecaster();
  Forecaster(const Forecaster&) = delete;
  Forecaster& operator=(const Forecaster&) = delete;

  Forecast judge(const DeploymentView& view, base::Instant now);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace idpwatch::forecast
