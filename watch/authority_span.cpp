// The open span of an authority: the stretch of equal observations that is going on.
#include "base/url.hpp"
#include "watch/authority_track.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace idpwatch::watch {

namespace {

// What a span says of one of the two documents.
struct Outcome {
  int status = 0;
  std::string url, failure;
  std::string_view sha256;
  bool operator==(const Outcome&) const = default;
};

// "tls/certificate-untrusted/{...}": kind, detail and circumstances, by which causes are judged,
// also after a restart. What is missing at the end is left out with its slash.
std::string with_circumstances(std::string text, bool detailed, const model::Fetch& fetch) {
  const auto circumstances = model::circumstances_of(fetch);
  const std::string json =
      circumstances ? model::write_circumstances(*circumstances) : std::string();
  if (json.empty()) return text;
  return text + (detailed ? "/" : "//") + json;
}

std::string failure_text(const model::Fetch& fetch, model::FailureKind otherwise) {
  const model::FailureKind kind = fetch.failure ? fetch.failure->kind : otherwise;
  std::string text(model::to_text(kind));
  const std::string_view detail =
      model::to_text(fetch.failure ? fetch.failure->detail : model::FailureDetail::kNone);
  if (!detail.empty()) text += "/" + std::string(detail);
  return with_circumstances(std::move(text), !detail.empty(), fetch);
}

Outcome outcome_of(const std::optional<model::Fetch>& fetch, bool good, const std::string& sha256) {
  if (!fetch) return {};
  // A 304 repeats the document: the stretch goes on as if it had been sent again.
  std::string url = base::without_url_secrets(fetch->url);
  if (good) {
    return {.status = 200,
            .url = std::move(url),
            .failure = with_circumstances({}, false, *fetch),
            .sha256 = sha256};
  }
  const model::FailureKind otherwise =
      fetch->answered() ? model::FailureKind::kBody : model::FailureKind::kHttp;
  return {.status = fetch->status,
          .url = std::move(url),
          .failure = failure_text(*fetch, otherwise),
          .sha256 = {}};
}

Outcome discovery_of(const model::ObservationSpan& span) {
  return {span.discovery_status, span.discovery_url, span.discovery_failure, span.discovery_sha256};
}

Outcome keys_of(const model::ObservationSpan& span) {
  return {span.jwks_status, span.jwks_url, span.jwks_failure, span.jwks_sha256};
}

std::int64_t latency_of(const model::Observation& seen) {
  std::int64_t total = 0;
  if (seen.discovery) total += seen.discovery->phases.total_us;
  if (seen.jwks) total += seen.jwks->phases.total_us;
  return total;
}

void extend(model::ObservationSpan& span, base::Instant at, std::int64_t latency_us) {
  span.last = at;
  span.count += 1;
  if (latency_us == 0) return;  // not measured
  span.worst_latency_us = std::max(span.worst_latency_us, latency_us);
  // The mean of the stretch: what is typical of it, in constant memory.
  span.typical_latency_us += (latency_us - span.typical_latency_us) / span.count;
}

}  // namespace

bool AuthorityTrack::extend_span(const model::Observation& seen, const Part& discovery,
                                 const Part& keys, model::Batch& batch) {
  const Outcome document =
      outcome_of(seen.discovery, discovery.good, discovery_body_.stored_sha256);
  const Outcome set = outcome_of(seen.jwks, keys.good, jwks_body_.stored_sha256);
  const std::string issuer = base::without_url_secrets(spec_->issuer);
  const std::int64_t latency = latency_of(seen);
  if (span_ && span_->issuer == issuer && discovery_of(*span_) == document &&
      keys_of(*span_) == set && span_->jwks_good == keys.good) {
    extend(*span_, seen.at, latency);
    span_unwritten_ = true;
    return true;
  }
  model::ObservationSpan next;
  next.authority = spec_->name;
  next.issuer = issuer;
  next.first = next.last = seen.at;
  next.discovery_status = document.status;
  next.jwks_status = set.status;
  next.discovery_url = document.url;
  next.jwks_url = set.url;
  next.discovery_failure = document.failure;
  next.jwks_failure = set.failure;
  next.discovery_sha256 = document.sha256;
  next.jwks_sha256 = set.sha256;
  next.jwks_good = keys.good;
  next.worst_latency_us = next.typical_latency_us = latency;
  if (span_) flush_span(batch);
  // While the keys cannot be seen, the newest span no longer says when they were.
  if (span_ && span_->jwks_good && !next.jwks_good) flush_keys(batch);
  span_ = std::move(next);
  span_unwritten_ = false;
  batch.spans.push_back(*span_);
  return false;
}

void AuthorityTrack::flush_span(model::Batch& batch) {
  if (!span_ || !span_unwritten_ || held_back_) return;
  batch.spans.push_back(*span_);
  span_unwritten_ = false;
}

void AuthorityTrack::flush_keys(model::Batch& batch) {
  if (held_back_) return;
  checks::TimelineStep step = timeline_.flush();
  if (!step.state_changed) return;
  std::move(step.keys.begin(), step.keys.end(), std::back_inserter(batch.keys));
  std::move(step.kids.begin(), step.kids.end(), std::back_inserter(batch.kids));
  std::move(step.sightings.begin(), step.sightings.end(), std::back_inserter(batch.sightings));
  batch.timelines.push_back(timeline_.state());
}

}  // namespace idpwatch::watch
