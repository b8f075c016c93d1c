#include "cli/endpoint_forecast.hpp"

#include "base/environment.hpp"
#include "cli/authority_keys.hpp"
#include "cli/probe_once.hpp"
#include "explain/check_by_check.hpp"
#include "explain/explain_token.hpp"
#include "watch/trusted_authority.hpp"

#include <utility>

namespace idpwatch::cli {
namespace {

std::string error_of(const explain::ValidatorExplanation& one) {
  if (one.error_id.empty()) return one.error_message;
  return one.error_message.empty() ? one.error_id : one.error_id + ": " + one.error_message;
}

}  // namespace

std::optional<TokenForecast> forecast_token(const std::string& token,
                                            const std::vector<watch::WatchedValidator>& validators,
                                            const config::Config& config,
                                            const base::Clock& clock) {
  const watch::TrackOptions track{config.timeline, config.tls, config.clock.warn, config.instance,
                                  config.limits.body_bytes};
  const explain::Explanation asked = explain::explain_token(token, {clock.wall(), std::nullopt});
  const watch::TrustedAuthorities authorities(config);
  std::optional<TokenForecast> forecast;
  for (const watch::WatchedValidator& watched : validators) {
    std::optional<explain::KnownAuthority> known;
    if (const auto trusted = authorities.of(watched)) {
      const auto probed =
          probe_once({trusted->spec}, config.limits, track, base::Environment::of_process(), clock);
      if (probed && !probed->empty()) known = known_by_probe(probed->front(), clock);
    }
    const explain::ValidatorExplanation one =
        explain::explain_validator({watched.name, watched.settings, watched.validator,
                                    known ? &*known : nullptr, std::nullopt},
                                   asked);
    if (!one.accepted) return std::nullopt;
    TokenForecast made{*one.accepted ? 200 : one.status, *one.accepted ? "" : error_of(one)};
    if (forecast && forecast->status != made.status) return std::nullopt;
    forecast = std::move(made);
  }
  return forecast;
}

}  // namespace idpwatch::cli
