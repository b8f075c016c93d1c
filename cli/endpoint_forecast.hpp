// What the validators of a deployment make of a token now, by the documents that their authority
// serves: the forecast beside which `endpoint` shows the API's own answer.
#pragma once

#include "base/clock.hpp"
#include "config/config.hpp"
#include "watch/watched_validator.hpp"

#include <optional>
#include <string>
#include <vector>

namespace idpwatch::cli {

struct TokenForecast {
  int status = 0;
  std::string error;  // what it logs
};

// nullopt: undetermined, or its schemes answer differently.
std::optional<TokenForecast> forecast_token(const std::string& token,
                                            const std::vector<watch::WatchedValidator>& validators,
                                            const config::Config& config, const base::Clock& clock);

}  // namespace idpwatch::cli
