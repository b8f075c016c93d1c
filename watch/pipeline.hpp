// From an observation to what is to be stored and said: the tracks of all authorities, the guard
// over their hosts, and the alerts. The loop, `import` and the replays drive the same one.
//
// Each call gives one Turn: a batch for one transaction, and the ticket that its acknowledgement
// carries back to the alerts. No clock, network or database in here; one thread.
#pragma once

#include "alerts/alert_center.hpp"
#include "base/time.hpp"
#include "checks/clock/clock_step.hpp"
#include "checks/clock/clock_votes.hpp"
#include "checks/reachability/local_network.hpp"
#include "model/event.hpp"
#include "model/observation.hpp"
#include "model/rules.hpp"
#include "net/scheduler.hpp"
#include "watch/authority_track.hpp"
#include "watch/deployments.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::watch {

class Pipeline {
 public:
  // `deployments` may be null: then nothing is forecast.
  Pipeline(alerts::AlertCenter& alerts, Deployments* deployments, std::string instance);

  // Adds an authority, with that track if there is one, or gives a known one its new settings.
  AuthorityTrack& watch(std::shared_ptr<const model::AuthoritySpec> spec,
                        std::shared_ptr<const TrackOptions> options,
                        std::unique_ptr<AuthorityTrack> ready = nullptr);
  // What is stored of it stays; its alerts are retired by the caller.
  void forget(std::string_view name);
  [[nodiscard]] AuthorityTrack* find(std::string_view name);
  [[nodiscard]] const std::map<std::string, std::unique_ptr<AuthorityTrack>, std::less<>>& tracks()
      const {
    return tracks_;
  }

  alerts::Turn observe(const model::Observation& seen, net::Now now);
  // Judgements and events from elsewhere: deployments, our own troubles.
  alerts::Turn judge(net::Now now, std::vector<model::CheckResult> results,
                     std::vector<model::Event> events);
  // A slice of the deployed validators that wait to be judged (Deployments::judging()).
  alerts::Turn judge_deployments(net::Now now, base::Duration budget);
  // Time passed: event findings close, groups are told, messages become due; a step of the local
  // clock is seen here.
  alerts::Turn tick(net::Now now);
  [[nodiscard]] std::optional<base::Instant> next_due() const;
  // What the open spans gained since the last time: now and then, and at the end of a run. All
  // that a restart needs: up to when present keys were seen follows from the spans.
  model::Batch flush_spans();
  // All that a restart needs, for a store that has begun anew.
  model::Batch state();

  [[nodiscard]] const checks::LocalNetworkGuard& guard() const { return guard_; }
  [[nodiscard]] std::int64_t events_seen() const { return events_seen_; }
  // Beyond what is stored of an authority in a day.
  [[nodiscard]] std::int64_t events_unrecorded() const { return events_unrecorded_; }
  // What the kernel's time service says of the local clock; nullopt: nothing.
  void set_kernel_vote(std::optional<checks::ClockVote> vote) { kernel_vote_ = std::move(vote); }

 private:
  void follow_clock(const net::Now& now);
  void record_hosts(const AuthorityTrack& track, const model::Observation& seen, net::Now now);
  void add_blame(const AuthorityTrack& track, std::vector<model::CheckResult>& results,
                 net::Now now);
  alerts::Turn finish(net::Now now, std::vector<model::CheckResult> results,
                      std::vector<model::Event> events, model::Batch batch);

  alerts::AlertCenter& alerts_;
  Deployments* deployments_;
  std::string instance_;
  std::optional<checks::ClockVote> kernel_vote_;
  // Whose clock is wrong; looked at anew now and then, while one seems to be.
  std::optional<checks::ClockMajority> majority_;
  std::optional<base::Duration> majority_at_;
  std::int64_t events_seen_ = 0, events_unrecorded_ = 0;
  std::map<std::string, std::unique_ptr<AuthorityTrack>, std::less<>> tracks_;
  checks::LocalNetworkGuard guard_;
  // Its finding may be open: put out, or restored from an earlier run.
  bool guard_said_ = true;
  checks::ClockStepDetector steps_;
  std::optional<base::Duration> step_;  // not yet told
};

}  // namespace idpwatch::watch
