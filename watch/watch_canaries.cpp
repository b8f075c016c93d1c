// Where canaries ask for tokens, and what comes of those: see watch.hpp.
#include "base/json.hpp"
#include "model/jwk.hpp"
#include "model/token.hpp"
#include "watch/first_signers.hpp"
#include "watch/token_forecast.hpp"
#include "watch/watch.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>
#include <utility>

namespace idpwatch::watch {
namespace {

// Of one authority in one run.
constexpr std::size_t kSignersMax = 64;

// Of a good document, as it was stored. Credentials go nowhere else than to http or https.
std::string token_endpoint_of(const std::string& document) {
  const auto parsed = base::parse_json(document);
  if (!parsed || !parsed->value->is_object()) return {};
  const auto found = parsed->value->find("token_endpoint");
  return found != parsed->value->end() && found->is_string() ? found->get<std::string>()
                                                             : std::string();
}

// A document on https that sends our credentials to http was tampered with, or is wrong.
bool would_be_sent_in_the_clear(const std::string& endpoint, const std::string& issuer) {
  return issuer.starts_with("https:") && !endpoint.starts_with("https:");
}

// It fires that running instances of the deployment refuse, or will refuse, valid tokens for the
// keys that they have cached.
bool refuses(const std::vector<model::Alert>& alerts, const std::string& deployment) {
  return std::ranges::any_of(alerts, [&](const model::Alert& alert) {
    const std::string& rule = alert.finding.rule;
    const std::string& about = alert.finding.subject.deployment;
    return alert.state == model::AlertState::kFiring &&
           (rule == "refusal-rotation" || rule == "refusal-withdrawn-key") &&
           (about == deployment || about.starts_with(deployment + "#"));
  });
}

}  // namespace

TokenSource Watch::token_source(const model::Subject& subject) {
  TokenSource source;
  source.authority = subject.deployment.empty() ? subject.authority
                                                : deployments_.authority_of(subject.deployment);
  const AuthorityTrack* track = pipeline_.find(source.authority);
  if (track == nullptr) return source;
  source.way = track->spec();
  if (!track->spec().has_discovery()) {
    source.known = true;
  } else if (track->discovery_body() != nullptr) {
    source.known = true;
    source.endpoint = token_endpoint_of(*track->discovery_body());
    if (would_be_sent_in_the_clear(source.endpoint, track->spec().issuer)) source.endpoint.clear();
  }
  return source;
}

// A key that begins to sign goes into the audit trail: the time from its publication to this is the
// lead of a rotation (docs/timeline.md).
void Watch::note_signer(const CanaryNews& news, base::Instant now) {
  if (!news.facts || !news.facts->kid || news.authority.empty()) return;
  const std::string& kid = *news.facts->kid;
  std::set<std::string>& seen = signers_[news.authority];
  // Since when the first one signs is not known.
  const bool first = seen.empty();
  if (seen.size() >= kSignersMax || !seen.insert(kid).second || first) return;
  const AuthorityTrack* track = pipeline_.find(news.authority);
  if (track == nullptr || !track->jwks_body()) return;
  const auto document = base::parse_json(*track->jwks_body());
  const auto set = document ? model::parse_key_set(*document->value) : base::fail(base::Error{});
  if (!set) return;
  const auto key = std::ranges::find_if(
      set->keys, [&](const model::Jwk& one) { return one.kid == kid && one.decodable(); });
  if (key == set->keys.end()) return;
  model::Batch batch;
  const base::Instant at = std::min(news.facts->issued_at.value_or(now), now);
  batch.notes.push_back(first_signer_note(news.authority, key->thumbprint, at, now));
  submit(last_ticket_, std::move(batch));
  deployments_.judging().signer_seen(news.authority, key->thumbprint, at);
}

std::optional<EndpointToken> Watch::endpoint_token(const std::string& deployment,
                                                   const net::Now& now) {
  const std::string* token = canaries_.token_of(deployment);
  if (token == nullptr) return std::nullopt;
  EndpointToken out;
  out.token = *token;
  if (const auto parsed = model::parse_token(*token)) {
    out.audiences = parsed->audiences;
    out.tenant = parsed->tenant_id.value_or("");
  }
  const auto authority_of =
      [&](const WatchedValidator& one) -> std::optional<explain::KnownAuthority> {
    const AuthorityTrack* track = pipeline_.find(one.authority);
    return track == nullptr ? std::nullopt : std::optional(known_by_track(*track, now));
  };
  const auto forecast =
      forecast_token(*token, deployments_.validators(deployment), authority_of, now.wall);
  // An instance that runs may have other keys cached than one that starts now.
  if (!forecast || (forecast->status == 200 && refuses(alerts_.open_alerts(), deployment))) {
    return out;
  }
  out.forecast_status = forecast->status;
  out.forecast_error = forecast->error;
  return out;
}

void Watch::take_canary(CanaryNews&& news) {
  if (draining_) return;
  const net::Now now = parts_.scheduler.now();
  note_signer(news, now.wall);
  if (news.facts) deployments_.judging().take_canary(news.subject, std::move(news.facts));
  put(pipeline_.judge(now, std::move(news.results), {}));
  plan_judging();
}

}  // namespace idpwatch::watch
