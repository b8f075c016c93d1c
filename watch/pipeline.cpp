#include "watch/pipeline.hpp"

#include "base/url.hpp"
#include "checks/reachability/outage_events.hpp"

#include <algorithm>
#include <utility>

namespace idpwatch::watch {

namespace {

// Opening and closing of outages are events too; whether one opened is known only to the alerts.
std::vector<model::Event> outage_events(const std::vector<alerts::Moved>& moved,
                                        base::Instant now) {
  std::vector<model::Event> events;
  for (const alerts::Moved& one : moved) {
    if (!checks::has_outage_events(one.finding)) continue;
    if (one.change == alerts::Change::kFiring) {
      events.push_back(checks::unreachable_event(one.finding, now));
    } else if (one.change == alerts::Change::kResolved) {
      events.push_back(checks::recovered_event(one.finding, now));
    }
  }
  return events;
}

std::string first_host(const model::AuthoritySpec& spec) {
  const std::string url = spec.metadata_url.value_or(
      spec.has_discovery() ? base::discovery_url(spec.issuer) : spec.jwks_url.value_or(""));
  const auto parsed = base::parse_url(url);
  return parsed ? parsed->host_port() : std::string();
}

}  // namespace

Pipeline::Pipeline(alerts::AlertCenter& alerts, Deployments* deployments, std::string instance)
    : alerts_(alerts), deployments_(deployments), instance_(std::move(instance)) {}

AuthorityTrack& Pipeline::watch(std::shared_ptr<const model::AuthoritySpec> spec,
                                std::shared_ptr<const TrackOptions> options,
                                std::unique_ptr<AuthorityTrack> ready) {
  if (const std::string host = first_host(*spec); !host.empty()) {
    guard_.watch(spec->name, host, spec->interval);
  }
  auto& track = tracks_[spec->name];
  if (track) {
    track->reconfigure(std::move(spec), std::move(options));
  } else if (ready) {
    track = std::move(ready);
  } else {
    track = std::make_unique<AuthorityTrack>(std::move(spec), std::move(options));
  }
  return *track;
}

void Pipeline::forget(std::string_view name) {
  guard_.forget(std::string(name));
  if (const auto found = tracks_.find(name); found != tracks_.end()) tracks_.erase(found);
}

AuthorityTrack* Pipeline::find(std::string_view name) {
  const auto found = tracks_.find(name);
  return found == tracks_.end() ? nullptr : found->second.get();
}

// Before anything is judged or told by the new clock.
void Pipeline::follow_clock(const net::Now& now) {
  const auto step = steps_.turn(now.wall, now.boottime);
  if (!step) return;
  step_ = step_.value_or(base::Duration(0)) + *step;
  alerts_.clock_set(now.wall, *step);
  if (deployments_ != nullptr) deployments_->judging().clock_set(now);
}

alerts::Turn Pipeline::observe(const model::Observation& seen, net::Now now) {
  follow_clock(now);
  AuthorityTrack* track = find(seen.authority);
  if (track == nullptr) return {};
  model::Batch batch;
  if (deployments_ != nullptr) track->set_tolerance(deployments_->tolerance(seen.authority));
  ProbeOutcome judged = track->observe(seen, now.wall, now.boottime, batch);
  if (!judged.quiet) record_hosts(*track, seen, now);
  if (deployments_ != nullptr) deployments_->judging().observed(*track, seen, judged, now);
  add_blame(*track, judged.results, now);
  guard_.withhold(judged.results);
  if (guard_.active() || guard_said_) {
    judged.results.push_back(guard_.result(instance_, now.wall));
    guard_said_ = guard_.active();
  }
  if (judged.unrecorded) {
    events_unrecorded_ += static_cast<std::int64_t>(judged.events.size());
    judged.events.clear();
  }
  if (judged.quiet && judged.results.empty() && batch.empty()) return {};
  return finish(now, std::move(judged.results), std::move(judged.events), std::move(batch));
}

// A quiet look's hosts answered the look before as well.
void Pipeline::record_hosts(const AuthorityTrack& track, const model::Observation& seen,
                            net::Now now) {
  guard_.record(seen.authority, checks::host_outcomes(seen), track.spec().interval, now.wall);
}

// An offset that is told of should say whose clock is the wrong one, where that can be known.
void Pipeline::add_blame(const AuthorityTrack& track, std::vector<model::CheckResult>& results,
                         net::Now now) {
  constexpr base::Duration kAnewAfter = base::seconds(10);
  for (model::CheckResult& result : results) {
    if (result.health != model::Health::kFailing || result.finding.rule != "clock-offset") continue;
    if (!majority_at_ || now.boottime - *majority_at_ >= kAnewAfter) {
      std::vector<checks::ClockVote> votes;
      for (const auto& [name, other] : tracks_) {
        const auto interval = other->clock().at(now.wall, now.boottime);
        if (!interval) continue;
        if (auto vote = checks::vote_of(checks::clock_host(other->spec()), *interval)) {
          votes.push_back(std::move(*vote));
        }
      }
      if (kernel_vote_) votes.push_back(*kernel_vote_);
      majority_ = checks::majority_of(std::move(votes));
      majority_at_ = now.boottime;
    }
    checks::add_blame(result.finding, checks::clock_host(track.spec()), instance_, majority_);
  }
}

alerts::Turn Pipeline::judge(net::Now now, std::vector<model::CheckResult> results,
                             std::vector<model::Event> events) {
  follow_clock(now);
  guard_.withhold(results);
  return finish(now, std::move(results), std::move(events), {});
}

alerts::Turn Pipeline::judge_deployments(net::Now now, base::Duration budget) {
  return judge(now, deployments_->judging().judge_some(now, budget), {});
}

alerts::Turn Pipeline::tick(net::Now now) {
  follow_clock(now);
  if (step_) return finish(now, {}, {}, {});
  if (deployments_ != nullptr) deployments_->judging().mark_due(now.wall);
  return alerts_.tick(now.wall);
}

std::optional<base::Instant> Pipeline::next_due() const {
  std::optional<base::Instant> due = alerts_.next_due();
  if (deployments_ == nullptr) return due;
  const auto forecast = deployments_->judging().next_due();
  if (forecast && (!due || *forecast < *due)) due = forecast;
  return due;
}

model::Batch Pipeline::flush_spans() {
  model::Batch batch;
  for (const auto& [name, track] : tracks_) track->flush_span(batch);
  return batch;
}

model::Batch Pipeline::state() {
  model::Batch batch = alerts_.state();
  for (const auto& [name, track] : tracks_) track->give_state(batch);
  return batch;
}

alerts::Turn Pipeline::finish(net::Now now, std::vector<model::CheckResult> results,
                              std::vector<model::Event> events, model::Batch batch) {
  if (const auto step = std::exchange(step_, std::nullopt)) {
    results.push_back(checks::judge_clock_step(*step, instance_, now.wall));
    events.push_back(checks::clock_step_event(*step, now.wall));
  }
  for (model::Event& event : events) {
    event.old_value = base::without_url_secrets(event.old_value);
    event.new_value = base::without_url_secrets(event.new_value);
  }
  // The order of the table in which the event types stand; within a type by thumbprint, as they
  // come from the timeline.
  std::stable_sort(events.begin(), events.end(),
                   [](const auto& a, const auto& b) { return a.type < b.type; });
  alerts::Turn turn = alerts_.apply(now.wall, results, events);

  const std::vector<model::Event> outages = outage_events(turn.moved, now.wall);
  if (!outages.empty()) {
    alerts::Turn more = alerts_.apply(now.wall, {}, outages);
    turn.batch.append(std::move(more.batch));
    turn.ticket = more.ticket;
    std::move(more.log.begin(), more.log.end(), std::back_inserter(turn.log));
    std::move(more.warnings.begin(), more.warnings.end(), std::back_inserter(turn.warnings));
  }
  batch.append(std::move(turn.batch));
  turn.batch = std::move(batch);
  events_seen_ += static_cast<std::int64_t>(turn.batch.events.size());
  return turn;
}

}  // namespace idpwatch::watch
