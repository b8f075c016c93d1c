#include "watch/token_forecast.hpp"

#include "base/json.hpp"
#include "explain/check_by_check.hpp"
#include "explain/explain_token.hpp"
#include "watch/trusted_authority.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace idpwatch::watch {
namespace {

std::string error_of(const explain::ValidatorExplanation& one) {
  if (one.error_id.empty()) return one.error_message;
  return one.error_message.empty() ? one.error_id : one.error_id + ": " + one.error_message;
}

std::string jwks_uri_in(const validators::Body& metadata) {
  const auto document = metadata ? base::parse_json(*metadata) : base::parse_json("");
  if (!document || !document->value->is_object()) return {};
  const auto found = document->value->find("jwks_uri");
  return found != document->value->end() && found->is_string() ? found->get<std::string>()
                                                               : std::string();
}

}  // namespace

explain::KnownAuthority known_by_track(const AuthorityTrack& track, const net::Now& now) {
  const model::AuthoritySpec& spec = track.spec();
  explain::KnownAuthority known;
  known.name = spec.name;
  known.issuer = spec.issuer;
  if ((known.issuer.empty() || !spec.issuer_configured) && !track.issuer().empty()) {
    known.issuer = track.issuer();
  }
  known.metadata_url = spec.has_discovery() ? metadata_url_of(spec) : std::string();
  known.metadata = track.discovery_body();
  known.jwks = track.jwks_body();
  known.jwks_url = spec.jwks_url.value_or(jwks_uri_in(known.metadata));
  known.keys = explain::keys_in(known.jwks);
  known.source = "fetched now";
  if (known.jwks == nullptr) known.why_unknown = "its key set could not be fetched";
  if (const auto interval = track.clock().at(now.wall, now.boottime)) {
    known.clock = forecast::ClockBounds{interval->lo, interval->hi};
  }
  return known;
}

std::optional<TokenForecast> forecast_token(const std::string& token,
                                            const std::vector<const WatchedValidator*>& validators,
                                            const FindAuthority& authority_of, base::Instant now) {
  const explain::Explanation asked = explain::explain_token(token, {now, std::nullopt});
  std::optional<TokenForecast> forecast;
  for (const WatchedValidator* watched : validators) {
    const auto known = authority_of(*watched);
    const explain::ValidatorExplanation one =
        explain::explain_validator({watched->name, watched->settings, watched->validator,
                                    known ? &*known : nullptr, std::nullopt},
                                   asked);
    if (!one.accepted) return std::nullopt;
    TokenForecast made{*one.accepted ? 200 : one.status, *one.accepted ? "" : error_of(one)};
    if (forecast && forecast->status != made.status) return std::nullopt;
    forecast = std::move(made);
  }
  return forecast;
}

}  // namespace idpwatch::watch
