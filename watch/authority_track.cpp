#include "watch/authority_track.hpp"

#include "base/digest.hpp"
#include "model/served_json.hpp"
#include "probe/shared_bodies.hpp"
#include "watch/parsed_documents.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace idpwatch::watch {

namespace {

using model::Fetch;

// The same keys in another order, or written with other white space, are the same set.
bool same_keys(const model::KeySet& a, const model::KeySet& b) {
  if (a.keys.size() != b.keys.size()) return false;
  const auto sorted_members = [](const model::KeySet& set) {
    std::vector<std::string_view> members;
    members.reserve(set.keys.size());
    for (const model::Jwk& key : set.keys) members.push_back(key.members);
    std::sort(members.begin(), members.end());
    return members;
  };
  return sorted_members(a) == sorted_members(b);
}

// Answered, with the very body that was last good: nothing to parse.
bool repeats(const Fetch& fetch, const std::string& raw_sha256, bool held) {
  if (!held) return false;
  return fetch.not_modified || (!fetch.sha256.empty() && fetch.sha256 == raw_sha256);
}

LastLook last_look(const model::Observation& seen) {
  LastLook look;
  look.at = seen.at;
  look.answered =
      (!seen.discovery || seen.discovery->answered()) && seen.jwks && seen.jwks->answered();
  for (const auto* part : {&seen.discovery, &seen.jwks}) {
    if (*part) look.latency_us += (*part)->phases.total_us;
  }
  const auto& first = seen.discovery ? seen.discovery : seen.jwks;
  if (first && first->tls) look.certificate_not_after = first->tls->not_after;
  return look;
}

// As many good results as any rule needs to close.
int looks_until_quiet() {
  static const int most =
      std::ranges::max(model::rules(), {}, &model::Rule::close_after).close_after;
  return most;
}

std::int64_t count_signing(const model::KeySet& set) {
  return std::ranges::count_if(set.keys, [](const model::Jwk& key) { return key.signing(); });
}

std::string_view host_of(const model::AuthoritySpec& spec) {
  return spec.issuer.empty() ? spec.name : spec.issuer;
}

}  // namespace

AuthorityTrack::AuthorityTrack(std::shared_ptr<const model::AuthoritySpec> spec,
                               std::shared_ptr<const TrackOptions> options)
    : spec_(std::move(spec)),
      options_(std::move(options)),
      budget_(options_->storage),
      timeline_(spec_->name, options_->timeline) {}

void AuthorityTrack::reconfigure(std::shared_ptr<const model::AuthoritySpec> spec,
                                 std::shared_ptr<const TrackOptions> options) {
  if (spec->issuer != spec_->issuer || spec->metadata_url != spec_->metadata_url ||
      spec->jwks_url != spec_->jwks_url) {
    begin_anew();
  }
  spec_ = std::move(spec);
  options_ = std::move(options);
  timeline_.configure(options_->timeline);
  good_looks_ = 0;
}

void AuthorityTrack::restore(const StoredTrack& stored) {
  timeline_.restore(stored.timeline, stored.keys, stored.kids, stored.sightings);
  for (const model::KeyRecord& key : stored.keys) {
    const base::Instant changed =
        std::max(key.first_seen, key.first_absent_at.value_or(key.first_seen));
    last_key_change_ = std::max(last_key_change_, std::optional(changed));
  }
  budget_.restore(stored.day, stored.stored_bodies, stored.stored_rows);
  last_observed_ = stored.last_observed;
  if (auto parsed = model::parse_served_json(stored.discovery_body)) {
    if (const auto document = model::parse_discovery(*parsed->value)) {
      published_issuer_ = document->issuer.value_or("");
      discovery_body_ = restored(stored.discovery_body);
    }
  }
  if (!stored.jwks_body.empty() && stored.jwks_body.size() <= options_->document_limit) {
    Body body = restored(stored.jwks_body);
    // Tenants of one provider have one set, parsed and held once.
    if (const auto set = parsed_key_set(body.stored_sha256, *body.bytes)) {
      signing_keys_ = count_signing(*set);
      body.bytes = probe::shared_body(std::move(body.bytes));
      jwks_body_ = std::move(body);
    }
  }
  if (asked_elsewhere(stored)) begin_anew();
}

AuthorityTrack::Body AuthorityTrack::restored(const std::string& bytes) {
  return {{}, base::sha256_hex(bytes), std::make_shared<const std::string>(bytes)};
}

ProbeOutcome AuthorityTrack::observe(const model::Observation& seen, base::Instant wall,
                                     base::Duration boottime, model::Batch& batch) {
  if (held_back_) {
    model::Batch unstored;
    ProbeOutcome judged = judge_observation(seen, wall, boottime, unstored);
    judged.events.clear();
    return judged;
  }
  ProbeOutcome judged = judge_observation(seen, wall, boottime, batch);
  keep_within_budget(seen.at, batch, judged);
  return judged;
}

ProbeOutcome AuthorityTrack::judge_observation(const model::Observation& seen, base::Instant wall,
                                               base::Duration boottime, model::Batch& batch) {
  ProbeOutcome judged;
  follow_clock(seen, wall, boottime, batch, judged);
  const auto discovery_before = discovery_last_good_;
  const auto jwks_before = jwks_last_good_;
  const Part keys = take_keys(seen, batch, judged);
  const Part discovery = take_discovery(seen, batch, judged);
  take_certificate(seen, batch, judged);
  judged.discovery_good = discovery.good;
  judged.keys_good = keys.good;
  drop_own_changes(judged);
  if (discovery.good) discovery_last_good_ = seen.at;
  if (keys.good) jwks_last_good_ = seen.at;
  const bool repeated = extend_span(seen, discovery, keys, batch) && calm(seen, wall, judged);
  judged.quiet = repeated && good_looks_ >= looks_until_quiet();
  last_observed_ = seen.at;
  last_ = last_look(seen);
  last_->good = keys.good && (discovery.good || !seen.discovery);
  const std::optional<checks::ClockView> clock = clock_view(seen, wall, boottime);
  if (judged.quiet) {
    if (clock && checks::clock_health(*clock) == model::Health::kFailing) {
      judged.results.push_back(checks::judge_clock(*clock, wall));
      good_looks_ = 0;
    }
    return judged;
  }

  const auto document = this->discovery();
  const auto set = key_set();
  const checks::AuthorityView view{
      .spec = *spec_,
      .observation = seen,
      .discovery = document.get(),
      .key_set = set.get(),
      .discovery_error = discovery.error,
      .jwks_error = keys.error,
      .discovery_last_good = discovery_before,
      .jwks_last_good = jwks_before,
      .events = judged.events,
      .inconsistent = timeline_.inconsistent(),
      .flapped = timeline_.flapped(),
      .had_keys = timeline_.had_keys(),
      .tls = options_->tls,
      .vantage = options_->instance,
  };
  judged.results = checks::judge(view, wall);
  if (clock) judged.results.push_back(checks::judge_clock(*clock, wall));
  const bool good = std::ranges::find(judged.results, model::Health::kFailing,
                                      &model::CheckResult::health) == judged.results.end();
  good_looks_ = !good ? 0 : repeated ? good_looks_ + 1 : 1;
  return judged;
}

std::shared_ptr<const model::Discovery> AuthorityTrack::discovery() const {
  if (!discovery_body_.bytes) return nullptr;
  return parsed_discovery(discovery_body_.stored_sha256, *discovery_body_.bytes);
}

std::shared_ptr<const model::KeySet> AuthorityTrack::key_set() const {
  if (!jwks_body_.bytes) return nullptr;
  return parsed_key_set(jwks_body_.stored_sha256, *jwks_body_.bytes);
}

// Nothing that the checks look at beside what a span holds: no event, no doubt about the set, no
// certificate near its end.
bool AuthorityTrack::calm(const model::Observation& seen, base::Instant wall,
                          const ProbeOutcome& judged) const {
  if (!judged.events.empty() || timeline_.inconsistent() || timeline_.flapped()) return false;
  const base::Duration near =
      std::max({options_->tls.info, options_->tls.warning, options_->tls.error});
  return std::ranges::none_of(std::array{&seen.discovery, &seen.jwks}, [&](const auto* part) {
    return *part && ((*part)->failure || ((*part)->tls && (*part)->tls->not_after - wall < near));
  });
}

AuthorityTrack::Part AuthorityTrack::take_discovery(const model::Observation& seen,
                                                    model::Batch& batch, ProbeOutcome& judged) {
  if (!seen.discovery || !seen.discovery->answered()) return {};
  const Fetch& fetch = *seen.discovery;
  if (repeats(fetch, discovery_body_.raw(), discovery_body_.bytes != nullptr)) {
    share(discovery_body_, fetch);
    return {true, {}};
  }
  if (!fetch.body) return {false, base::make_error(base::ErrorKind::kInput, "an empty answer")};
  auto parsed = model::parse_served_json(*fetch.body, {options_->document_limit, 64});
  if (!parsed) return {false, parsed.error()};
  auto document = model::parse_discovery(*parsed->value);
  if (!document) return {false, document.error()};

  const auto before = this->discovery();
  if (before && model::changed_members(*before, *document).empty()) {
    discovery_body_.came_as(fetch.sha256);
    return {true, {}};
  }
  published_issuer_ = document->issuer.value_or("");
  keep(discovery_body_, fetch, fetch.body, batch);
  take(timeline_.observe_discovery(seen.at, *document, discovery_body_.stored_sha256), batch,
       judged);
  hold(discovery_body_.stored_sha256,
       std::make_shared<const model::Discovery>(std::move(*document)),
       discovery_body_.bytes->size());
  return {true, {}};
}

AuthorityTrack::Part AuthorityTrack::take_keys(const model::Observation& seen, model::Batch& batch,
                                               ProbeOutcome& judged) {
  if (!seen.jwks || !seen.jwks->answered()) return {};
  const Fetch& fetch = *seen.jwks;
  if (repeats(fetch, jwks_body_.raw(), jwks_body_.bytes != nullptr)) {
    share(jwks_body_, fetch);
    const auto again = std::exchange(sightings_ended_, false) ? key_set() : nullptr;
    take(timeline_.observe_keys(seen.at, again.get(), jwks_body_.stored_sha256), batch, judged);
    return {true, {}};
  }
  if (!fetch.body) return {false, base::make_error(base::ErrorKind::kInput, "an empty answer")};
  auto parsed = model::parse_served_json(*fetch.body, {options_->document_limit, 64});
  if (!parsed) return {false, parsed.error()};
  const bool redacted = !model::redact_secrets(*parsed->value).empty();
  auto set = model::parse_key_set(*parsed->value);
  if (!set) return {false, set.error()};

  const auto before = key_set();
  if (before && same_keys(*before, *set)) {
    jwks_body_.came_as(fetch.sha256);
    const model::KeySet* again = std::exchange(sightings_ended_, false) ? &*set : nullptr;
    take(timeline_.observe_keys(seen.at, again, jwks_body_.stored_sha256), batch, judged);
    return {true, {}};
  }
  keep(jwks_body_, fetch,
       redacted ? std::make_shared<const std::string>(base::canonical_json(*parsed->value))
                : fetch.body,
       batch);
  sightings_ended_ = false;
  take(timeline_.observe_keys(seen.at, &*set, jwks_body_.stored_sha256), batch, judged);
  signing_keys_ = count_signing(*set);
  hold(jwks_body_.stored_sha256, std::make_shared<const model::KeySet>(std::move(*set)),
       jwks_body_.bytes->size());
  return {true, {}};
}

void AuthorityTrack::take_certificate(const model::Observation& seen, model::Batch& batch,
                                      ProbeOutcome& judged) {
  const auto& fetch = seen.discovery ? seen.discovery : seen.jwks;
  if (!fetch || fetch->failure || !fetch->tls) return;
  take(timeline_.observe_certificate(seen.at, fetch->tls->leaf_sha256), batch, judged);
}

std::optional<checks::ClockView> AuthorityTrack::clock_view(const model::Observation& seen,
                                                            base::Instant wall,
                                                            base::Duration boottime) {
  const model::Fetch* fetch = checks::clock_source(seen);
  if (fetch == nullptr || !clock_.add(*fetch)) return std::nullopt;
  return checks::ClockView{
      .authority = spec_->name,
      .issuer = host_of(*spec_),
      .source = fetch->url,
      .instance = options_->instance,
      .interval = clock_.at(wall, boottime),
      .tolerance = tolerance_,
      .warn = options_->clock_warn,
  };
}

std::optional<base::Instant> AuthorityTrack::last_good() const {
  return spec_->has_discovery() ? std::min(discovery_last_good_, jwks_last_good_) : jwks_last_good_;
}

void AuthorityTrack::take(checks::TimelineStep&& step, model::Batch& batch, ProbeOutcome& judged) {
  for (const model::Event& event : step.events) {
    if (event.about_key) last_key_change_ = event.at;
  }
  std::move(step.events.begin(), step.events.end(), std::back_inserter(judged.events));
  std::move(step.keys.begin(), step.keys.end(), std::back_inserter(batch.keys));
  std::move(step.kids.begin(), step.kids.end(), std::back_inserter(batch.kids));
  std::move(step.sightings.begin(), step.sightings.end(), std::back_inserter(batch.sightings));
  if (step.state_changed) batch.timelines.push_back(timeline_.state());
}

// What was restored gives way to the equal bytes that the probe holds.
void AuthorityTrack::share(Body& body, const Fetch& fetch) {
  if (fetch.body && body.stored_sha256 == fetch.sha256) body.bytes = fetch.body;
}

void AuthorityTrack::keep(Body& body, const Fetch& fetch, std::shared_ptr<const std::string> stored,
                          model::Batch& batch) {
  body.stored_sha256 = base::sha256_hex(*stored);
  body.came_as(fetch.sha256);
  body.bytes = std::move(stored);
  batch.documents.push_back({body.stored_sha256, body.bytes});
}

}  // namespace idpwatch::watch
