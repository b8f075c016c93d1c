// The open span of an authority: the stretch of equal observations that is going on.
#include "daemon/authority_track.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace idpwatch::daemon {

namespace {

struct Outcome {
  int status = 0;
  std::string url, failure, sha256;
};

Outcome outcome_of(const std::optional<model::Fetch>& fetch, bool good, const std::string& sha256) {
  if (!fetch) return {};
  Outcome outcome{fetch->status, fetch->url, {}, {}};
  // A 304 repeats the document: the stretch goes on as if it had been sent again.
  if (good) {
    outcome.status = 200;
    outcome.sha256 = sha256;
  } else if (fetch->failure) {
    outcome.failure = model::to_text(fetch->failure->kind);
  } else {
    outcome.failure =
        model::to_text(fetch->answered() ? model::FailureKind::kBody : model::FailureKind::kHttp);
  }
  return outcome;
}

std::int64_t latency_of(const model::Observation& seen) {
  std::int64_t total = 0;
  if (seen.discovery) total += seen.discovery->phases.total_us;
  if (seen.jwks) total += seen.jwks->phases.total_us;
  return total;
}

bool same_outcome(const model::ObservationSpan& a, const model::ObservationSpan& b) {
  return a.issuer == b.issuer && a.discovery_status == b.discovery_status &&
         a.jwks_status == b.jwks_status && a.discovery_url == b.discovery_url &&
         a.jwks_url == b.jwks_url && a.discovery_failure == b.discovery_failure &&
         a.jwks_failure == b.jwks_failure && a.discovery_sha256 == b.discovery_sha256 &&
         a.jwks_sha256 == b.jwks_sha256 && a.jwks_good == b.jwks_good;
}

void extend(model::ObservationSpan& span, const model::ObservationSpan& next) {
  span.last = next.last;
  span.count += 1;
  span.worst_latency_us = std::max(span.worst_latency_us, next.worst_latency_us);
  // The mean of the stretch: what is typical of it, in constant memory.
  span.typical_latency_us += (next.typical_latency_us - span.typical_latency_us) / span.count;
}

}  // namespace

void AuthorityTrack::extend_span(const model::Observation& seen, const Part& discovery,
                                 const Part& keys, model::Batch& batch) {
  Outcome document = outcome_of(seen.discovery, discovery.good, discovery_body_.stored_sha256);
  Outcome set = outcome_of(seen.jwks, keys.good, jwks_body_.stored_sha256);
  const std::int64_t latency = latency_of(seen);
  model::ObservationSpan next;
  next.authority = spec_.name;
  next.issuer = spec_.issuer;
  next.first = next.last = seen.at;
  next.discovery_status = document.status;
  next.jwks_status = set.status;
  next.discovery_url = std::move(document.url);
  next.jwks_url = std::move(set.url);
  next.discovery_failure = std::move(document.failure);
  next.jwks_failure = std::move(set.failure);
  next.discovery_sha256 = std::move(document.sha256);
  next.jwks_sha256 = std::move(set.sha256);
  next.jwks_good = keys.good;
  next.worst_latency_us = next.typical_latency_us = latency;

  if (span_ && same_outcome(*span_, next)) {
    extend(*span_, next);
    span_unwritten_ = true;
    return;
  }
  if (span_) flush_span(batch);
  // While the keys cannot be seen, the newest span no longer says when they were.
  if (span_ && span_->jwks_good && !next.jwks_good) flush_keys(batch);
  span_ = std::move(next);
  span_unwritten_ = false;
  batch.spans.push_back(*span_);
}

void AuthorityTrack::flush_span(model::Batch& batch) {
  if (!span_ || !span_unwritten_) return;
  batch.spans.push_back(*span_);
  span_unwritten_ = false;
}

void AuthorityTrack::flush(model::Batch& batch) {
  flush_span(batch);
  flush_keys(batch);
}

void AuthorityTrack::flush_keys(model::Batch& batch) {
  checks::TimelineStep step = timeline_.flush();
  if (!step.state_changed) return;
  std::move(step.keys.begin(), step.keys.end(), std::back_inserter(batch.keys));
  std::move(step.kids.begin(), step.kids.end(), std::back_inserter(batch.kids));
  std::move(step.sightings.begin(), step.sightings.end(), std::back_inserter(batch.sightings));
  batch.timelines.push_back(timeline_.state());
}

}  // namespace idpwatch::daemon
