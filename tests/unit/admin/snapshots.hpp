// A snapshot with one of everything, hostile text included.
#pragma once

#include "watch/snapshot.hpp"

namespace idpwatch::daemon {

inline watch::SnapshotPtr sample_snapshot() {
  const base::Instant now = *base::parse_rfc3339("2026-11-24T22:00:00Z");
  auto shot = std::make_shared<watch::Snapshot>();
  shot->version = "0.1.0";
  shot->instance = "vm-17";
  shot->at = now;
  shot->started_at = now - base::hours(1);
  watch::AuthorityState well;
  well.name = "entra";
  well.issuer = "https://login.example/v2.0";
  well.state = watch::AuthorityState::State::kOk;
  well.last_probe = now - base::seconds(5);
  well.last_good = now - base::seconds(65);
  well.last_key_change = now - base::hours(30);
  well.latency_ms = 12.5;
  well.keys = 3;
  well.clock = watch::ClockState{-0.25, 0.5, "two answers"};
  well.certificate_not_after = now + base::hours(36);
  watch::AuthorityState failing;
  failing.name = "bad\x1b[31m\"name";
  failing.issuer = "https://bad.example";
  failing.state = watch::AuthorityState::State::kFailing;
  watch::AuthorityState fresh;
  fresh.name = "fresh";
  shot->authorities = {well, failing, fresh};
  model::Finding finding;
  finding.rule = "authority-unreachable";
  finding.severity = model::Severity::kError;
  finding.subject.authority = failing.name;
  finding.id = model::finding_id(finding.rule, finding.subject);
  finding.summary = "<script>alert(1)</script>";
  model::Alert alert;
  alert.finding = finding;
  alert.state = model::AlertState::kFiring;
  alert.since = now;
  shot->alerts = {alert};
  shot->outbox.queued = 2;
  shot->outbox.oldest = now - base::minutes(3);
  watch::ReceiverState oncall;
  oncall.name = "oncall";
  oncall.delivered = 5;
  oncall.waiting = 2;
  oncall.oldest = now - base::minutes(3);
  oncall.failed.at(static_cast<std::size_t>(alerts::FailureReason::kRateLimit)) = 3;
  oncall.failing = true;
  shot->receivers = {oncall};
  shot->counters.probes = 7;
  return shot;
}

}  // namespace idpwatch::daemon
