// The forecast beside which `endpoint` shows the API's own answer to a token: the authorities of
// the deployment's validators are asked for their documents first.
#pragma once

#include "base/clock.hpp"
#include "config/config.hpp"
#include "watch/token_forecast.hpp"
#include "watch/watched_validator.hpp"

#include <optional>
#include <string>
#include <vector>

namespace idpwatch::cli {

std::optional<watch::TokenForecast> forecast_by_probe(
    const std::string& token, const std::vector<const watch::WatchedValidator*>& validators,
    const config::Config& config, const base::Clock& clock);

}  // namespace idpwatch::cli
