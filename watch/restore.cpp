#include "watch/restore.hpp"

#include "checks/canary/canary_finding.hpp"
#include "checks/endpoint/endpoint_findings.hpp"
#include "watch/unreadable_deployment.hpp"

#include <set>
#include <utility>

namespace idpwatch::watch {

namespace {

// The body by its digest; empty when none was kept.
base::Result<std::string> body(storage::Reader& stored, const std::string& sha256) {
  if (sha256.empty()) return std::string();
  auto document = stored.document(sha256);
  if (!document) return base::fail(document.error());
  return document->value_or(std::string());
}

}  // namespace

base::Result<std::optional<StoredTrack>> load_track(storage::Reader& stored,
                                                    const std::string& authority,
                                                    base::Instant now) {
  const auto timeline = stored.timeline(authority);
  if (!timeline) return base::fail(timeline.error());
  if (!*timeline) return std::optional<StoredTrack>();
  StoredTrack track;
  track.timeline = **timeline;
  auto keys = stored.keys(authority);
  if (!keys) return base::fail(keys.error());
  auto kids = stored.kids(authority);
  if (!kids) return base::fail(kids.error());
  auto discovery = body(stored, track.timeline.discovery_sha256);
  if (!discovery) return base::fail(discovery.error());
  auto jwks = body(stored, track.timeline.jwks_sha256);
  if (!jwks) return base::fail(jwks.error());
  auto sightings = stored.sightings(authority);
  if (!sightings) return base::fail(sightings.error());
  const auto span = stored.last_span(authority);
  if (!span) return base::fail(span.error());
  track.day = std::chrono::floor<std::chrono::days>(now);
  const auto stored_today = stored.stored_since(authority, track.day);
  if (!stored_today) return base::fail(stored_today.error());
  track.stored_bodies = stored_today->bodies;
  track.stored_rows = stored_today->rows;
  track.keys = std::move(*keys);
  track.kids = std::move(*kids);
  track.sightings = std::move(*sightings);
  track.discovery_body = std::move(*discovery);
  track.jwks_body = std::move(*jwks);
  if (*span) {
    track.last_observed = (*span)->last;
    track.issuer = (*span)->issuer;
    track.discovery_url = (*span)->discovery_url;
    track.jwks_url = (*span)->jwks_url;
  }
  // The span was extended without a write of the timeline.
  if (*span && (*span)->jwks_good) track.timeline.last_good = (*span)->last;
  return std::optional<StoredTrack>(std::move(track));
}

base::Result<ReadyTracks> load_tracks(
    storage::Reader& stored, const std::vector<std::shared_ptr<const model::AuthoritySpec>>& specs,
    const std::shared_ptr<const TrackOptions>& options, base::Instant now) {
  ReadyTracks tracks;
  for (const auto& spec : specs) {
    const auto known = load_track(stored, spec->name, now);
    if (!known) return base::fail(known.error());
    auto track = std::make_unique<AuthorityTrack>(spec, options);
    if (*known) track->restore(**known);
    tracks.emplace(spec->name, std::move(track));
  }
  return tracks;
}

alerts::AlertBook::Predicate gone_from(const config::Config& config,
                                       const Deployments& deployments) {
  std::set<std::string, std::less<>> authorities;
  for (const config::AuthorityConfig& authority : config.authorities) {
    authorities.insert(authority.spec.name);
  }
  for (const model::AuthoritySpec& spec : deployments.named_authorities()) {
    authorities.insert(spec.name);
  }
  // Those that have a canary: their names, and whether they are deployments.
  std::set<std::pair<std::string, bool>> canaries;
  for (const config::AuthorityConfig& authority : config.authorities) {
    if (authority.canary) canaries.emplace(authority.spec.name, false);
  }
  for (const config::DeploymentConfig& deployment : config.deployments) {
    if (deployment.canary) canaries.emplace(deployment.name, true);
  }
  return [authorities, canaries, instance = config.instance,
          &deployments](const model::Finding& finding) {
    const model::Subject& subject = finding.subject;
    // What an earlier run said of another host, or of this one under another name.
    if (!subject.host.empty()) return subject.host != instance;
    if (finding.rule == checks::kCanaryRule) {
      return !canaries.contains(subject.deployment.empty() ? std::pair(subject.authority, false)
                                                           : std::pair(subject.deployment, true));
    }
    if (finding.rule == kUnreadableRule) return !deployments.is_configured(subject.deployment);
    // About the deployment's protected API, whatever validators it has.
    const bool api = deployments.has_endpoint(subject.deployment);
    if (checks::is_endpoint_rule(finding.rule)) return !api;
    if (api && subject.authority.empty() && finding.rule == "refusal-audience") return false;
    if (!subject.deployment.empty()) return !deployments.has(subject);
    // One that no configuration names may stand in a file that was not read yet.
    return !subject.authority.empty() && !authorities.contains(subject.authority) &&
           deployments.all_read();
  };
}

}  // namespace idpwatch::watch
