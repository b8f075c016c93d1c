// What the watch shows of itself: see snapshot.hpp.
#include "base/version.hpp"
#include "checks/clock/clock_offset.hpp"
#include "daemon/watch.hpp"

#include <algorithm>

namespace idpwatch::daemon {

namespace {

AuthorityState describe(const AuthorityTrack& track, const net::Now& now) {
  AuthorityState state;
  state.name = track.spec().name;
  state.issuer = track.spec().issuer;
  if (track.key_set() != nullptr) {
    const auto& keys = track.key_set()->keys;
    state.keys = static_cast<std::int64_t>(keys.size());
  }
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
  state.latency_ms = static_cast<double>(seen->latency_us) / 1000.0;
  state.certificate_not_after = seen->certificate_not_after;
  return state;
}

// Of what is to come, or of clocks: the authority itself answers as it should.
bool is_well_with(const model::Finding& finding) {
  return finding.rule == "tls-expiring" || finding.rule == "clock-offset";
}

// The worst of its findings decides: refuses now, or will.
void note_findings(ValidatorState& state, const std::vector<model::Finding>& findings) {
  for (const model::Finding& finding : findings) {
    if (finding.subject.deployment != state.name) continue;
    state.findings.push_back(finding.id);
    const bool now = finding.severity == model::Severity::kCritical &&
                     finding.condition != model::Condition::kRestarted;
    if (now) {
      state.state = ValidatorState::State::kRefuses;
    } else if (state.state != ValidatorState::State::kRefuses &&
               finding.severity >= model::Severity::kWarning) {
      state.state = ValidatorState::State::kWillRefuse;
    }
  }
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
  shot->first_round_planned = true;
  for (const auto& [name, track] : pipeline_.tracks()) {
    shot->authorities.push_back(describe(*track, now));
  }
  shot->alerts = alerts_.open_alerts();
  for (const model::Alert& alert : shot->alerts) {
    if (alert.state == model::AlertState::kFiring) shot->findings.push_back(alert.finding);
  }
  // An authority whose document or keys are bad answers, and yet is not well.
  for (AuthorityState& state : shot->authorities) {
    const bool bad = std::any_of(
        shot->findings.begin(), shot->findings.end(), [&](const model::Finding& finding) {
          return finding.subject.authority == state.name && finding.subject.deployment.empty() &&
                 finding.severity >= model::Severity::kError && !is_well_with(finding);
        });
    if (bad) {
      state.state = AuthorityState::State::kFailing;
    } else if (pipeline_.guard().withholds(state.name)) {
      // Our own network is what fails (rule local-network).
      state.state = AuthorityState::State::kUnknown;
    }
  }
  shot->validators = deployments_.states();
  for (ValidatorState& state : shot->validators) note_findings(state, shot->findings);
  shot->outbox = outbox_state(alerts_);
  for (const auto& [receiver, test] : alerts_.tests()) shot->tests.push_back(test);
  shot->counters = counters_;
  shot->counters.events = pipeline_.events_seen();
  if (backlog_.full()) shot->counters.unrecorded += backlog_.unrecorded().total();
  for (const auto& [receiver, counts] : alerts_.counters()) {
    shot->counters.deliveries += static_cast<std::int64_t>(counts.delivered);
    shot->counters.deliveries_failed += static_cast<std::int64_t>(counts.failed);
    shot->counters.messages_dropped += static_cast<std::int64_t>(counts.dropped);
  }
  return shot;
}

}  // namespace idpwatch::daemon
