// What the watch shows of itself: see snapshot.hpp.
#include "base/url.hpp"
#include "base/version.hpp"
#include "checks/clock/clock_offset.hpp"
#include "watch/finding_index.hpp"
#include "watch/watch.hpp"

#include <algorithm>

namespace idpwatch::watch {

namespace {

AuthorityState describe(const AuthorityTrack& track, const net::Now& now) {
  AuthorityState state;
  state.name = track.spec().name;
  state.issuer = base::without_url_secrets(track.issuer());
  state.keys = track.signing_keys();
  if (const auto interval = track.clock().at(now.wall, now.boottime)) {
    const auto hi = checks::hi_seconds(*interval);
    state.clock =
        ClockState{checks::lo_seconds(*interval), hi.value_or(checks::lo_seconds(*interval)),
                   checks::describe_interval(*interval)};
  }
  state.last_good = track.last_good();
  state.last_key_change = track.last_key_change();
  const auto& seen = track.last();
  if (!seen) return state;
  state.last_probe = seen->at;
  state.state = seen->answered ? AuthorityState::State::kOk : AuthorityState::State::kFailing;
  if (seen->latency_us > 0) state.latency_ms = static_cast<double>(seen->latency_us) / 1000.0;
  state.certificate_not_after = seen->certificate_not_after;
  return state;
}

// Of what is to come, or of clocks: the authority itself answers as it should.
bool is_well_with(const model::Finding& finding) {
  return finding.rule == "tls-expiring" || finding.rule == "clock-offset";
}

void note_findings(ValidatorState& state, FindingIndex::Findings findings, base::Instant now) {
  for (const model::Finding* finding : findings) {
    state.findings.push_back(finding->id);
    const model::RefusalState says = model::refusal_state(*finding, now);
    state.state = model::worse(state.state, says);
    if (says == model::RefusalState::kOk) continue;
    const auto earliest = model::earliest_refusal(*finding);
    if (earliest && (!state.earliest || *earliest < *state.earliest)) state.earliest = earliest;
  }
  if (state.state != model::RefusalState::kUndetermined) state.why.clear();
}

// An authority whose document or keys are bad answers, and yet is not well.
bool is_bad(FindingIndex::Findings findings) {
  return std::ranges::any_of(findings, [](const model::Finding* finding) {
    return finding->rule == "issuer-mismatch" ||
           (finding->severity >= model::Severity::kError && !is_well_with(*finding));
  });
}

OutboxState outbox_state(const alerts::AlertCenter& alerts) {
  OutboxState state;
  state.queued = static_cast<std::int64_t>(alerts.queued());
  if (state.queued == 0) return state;
  for (const alerts::ReceiverHealth& receiver : alerts.receivers()) {
    if (receiver.oldest && (!state.oldest || *receiver.oldest < *state.oldest)) {
      state.oldest = receiver.oldest;
    }
  }
  return state;
}

std::vector<ReceiverState> receiver_states(const alerts::AlertCenter& alerts) {
  std::vector<ReceiverState> states;
  for (const alerts::ReceiverHealth& health : alerts.receivers()) {
    ReceiverState& state = states.emplace_back();
    state.name = health.name;
    state.waiting = static_cast<std::int64_t>(health.waiting);
    state.oldest = health.oldest;
    state.failing = health.failures > 0 || health.disabled;
    const auto counts = alerts.counters().find(health.name);
    if (counts == alerts.counters().end()) continue;
    state.delivered = static_cast<std::int64_t>(counts->second.delivered);
    state.dropped = static_cast<std::int64_t>(counts->second.dropped);
    for (std::size_t i = 0; i < state.failed.size(); ++i) {
      state.failed.at(i) = static_cast<std::int64_t>(counts->second.reasons.at(i));
    }
  }
  return states;
}

}  // namespace

SnapshotPtr Watch::snapshot() const {
  const net::Now now = parts_.scheduler.now();
  auto shot = std::make_shared<Snapshot>();
  shot->version = base::version();
  shot->instance = config_->instance;
  shot->at = now.wall;
  shot->started_at = started_at_;
  shot->config_ok = config_ok_;
  shot->config_loaded_at = config_loaded_at_;
  shot->storage_ok = !store_troubled_;
  for (const auto& [name, track] : pipeline_.tracks()) {
    shot->authorities.push_back(describe(*track, now));
  }
  shot->alerts = alerts_.open_alerts();
  const FindingIndex index(shot->findings());
  for (AuthorityState& state : shot->authorities) {
    if (is_bad(index.of_authority(state.name))) {
      state.state = AuthorityState::State::kFailing;
    } else if (pipeline_.guard().withholds(state.name)) {
      // Our own network is what fails (rule local-network).
      state.state = AuthorityState::State::kUnknown;
    }
  }
  shot->validators = deployments_.states();
  for (ValidatorState& state : shot->validators) {
    note_findings(state, index.of_deployment(state.name), now.wall);
  }
  shot->outbox = outbox_state(alerts_);
  shot->silences = alerts_.silences();
  shot->receivers = receiver_states(alerts_);
  shot->every_authority = config_->every_authority;
  for (const auto& [receiver, test] : alerts_.tests()) shot->tests.push_back(test);
  shot->counters = counters_;
  shot->counters.events = pipeline_.events_seen();
  shot->counters.judgements = deployments_.judging().judgements();
  shot->counters.unrecorded += pipeline_.events_unrecorded();
  if (backlog_.full()) shot->counters.unrecorded += backlog_.unrecorded().total();
  return shot;
}

Summary Watch::summary() const {
  return {pipeline_.tracks().size(), alerts_.firing(), alerts_.queued(), config_ok_};
}

}  // namespace idpwatch::watch
