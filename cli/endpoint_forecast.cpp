#include "cli/endpoint_forecast.hpp"

#include "base/environment.hpp"
#include "cli/authority_keys.hpp"
#include "cli/probe_once.hpp"
#include "watch/trusted_authority.hpp"

namespace idpwatch::cli {

std::optional<watch::TokenForecast> forecast_by_probe(
    const std::string& token, const std::vector<const watch::WatchedValidator*>& validators,
    const config::Config& config, const base::Clock& clock) {
  const watch::TrackOptions track{config.timeline, config.tls, config.clock.warn, config.instance,
                                  config.limits.body_bytes};
  const watch::TrustedAuthorities authorities(config);
  const auto known =
      [&](const watch::WatchedValidator& watched) -> std::optional<explain::KnownAuthority> {
    const auto trusted = authorities.of(watched);
    if (!trusted) return std::nullopt;
    const auto probed =
        probe_once({trusted->spec}, config.limits, track, base::Environment::of_process(), clock);
    if (!probed || probed->empty()) return std::nullopt;
    return known_by_probe(probed->front(), clock);
  };
  return watch::forecast_token(token, validators, known, clock.wall());
}

}  // namespace idpwatch::cli
