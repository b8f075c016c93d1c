// When each authority is looked at, and what the loop's own delays make of it: see watch.hpp.
#include "base/url.hpp"
#include "probe/schedule.hpp"
#include "watch/look_progress.hpp"
#include "watch/pace.hpp"
#include "watch/watch.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace idpwatch::watch {

namespace {

// Of one turn of the loop: what a probe, an alert or a signal may wait for beside a single
// judgement.
constexpr base::Duration kJudgingBudget = base::milliseconds(20);
// A probe that we interrupted is repeated then, and somewhat later for each of many.
constexpr base::Duration kRepeatAfter = base::seconds(1);
constexpr int kTooManyRequests = 429;

// A failure that can come of our not running. What the other side said, and what we refused
// ourselves, stays as it is.
bool may_be_ours(const std::optional<model::Fetch>& fetch) {
  return fetch && fetch->failure && fetch->failure->kind != model::FailureKind::kHttp &&
         fetch->failure->detail == model::FailureDetail::kNone;
}

void drop_times(std::optional<model::Fetch>& fetch) {
  if (!fetch) return;
  fetch->phases = {};
  fetch->clock.reset();
}

// It asks for patience: no extra probe then.
bool asks_to_wait(const model::Observation& seen) {
  return std::ranges::any_of(std::array{&seen.discovery, &seen.jwks}, [](const auto* part) {
    return *part &&
           ((*part)->status == kTooManyRequests || (*part)->header("retry-after") != nullptr);
  });
}

std::string host_of(const model::Observation& seen) {
  const auto& first = seen.discovery ? seen.discovery : seen.jwks;
  const auto url = base::parse_url(first ? first->url : std::string());
  return url ? url->host_port() : std::string();
}

}  // namespace

void Watch::plan(const std::string& name, base::Duration at) {
  // The name in the map, which is there for as long as the timer: a copy for each would be one more
  // allocation.
  auto& [known, watched] = *watched_.find(name);
  parts_.scheduler.cancel(watched.timer);
  watched.planned = at;
  const std::string& own = known;
  watched.timer = parts_.scheduler.at(at, [this, &own](const net::Now& now) { look(own, now); });
}

void Watch::look(const std::string& name, const net::Now& now) {
  const auto found = watched_.find(name);
  if (draining_ || found == watched_.end()) return;
  Watched& watched = found->second;
  lag_.ran(watched.planned, now.boottime);
  probe::AuthorityProbe& probe = *watched.probe;
  plan(name, probe::next_look(name, probe.spec().interval, now.boottime));
  if (probe.running()) return;
  watched.begun = parts_.clock.boottime();
  probe.start([this](model::Observation&& seen) { on_observation(std::move(seen)); });
}

void Watch::on_observation(model::Observation&& seen) {
  const net::Now now = parts_.scheduler.now();
  seen.at = now.wall;
  counters_.probes += 1;
  Watched& watched = watched_.at(seen.authority);
  const base::Duration interval = watched.probe->spec().interval;
  // Of the instant: the turn may have begun long before.
  const base::Duration ended = parts_.clock.boottime();
  const bool failed = may_be_ours(seen.discovery) || may_be_ours(seen.jwks);
  if (failed && lag_.excuses(watched.begun, ended)) return repeat_soon(seen.authority, watched);
  watched.repeated = false;
  // This host could not ask: that is no look at the authority, good or bad.
  if (seen.ours()) {
    lateness_.on_observation(seen, interval, now.boottime);
    return judge_lateness(now);
  }
  if (lag_.distorts(watched.begun, ended)) {
    drop_times(seen.discovery);
    drop_times(seen.jwks);
  } else {
    lateness_.on_observation(seen, interval, now.boottime);
    judge_lateness(now);
  }
  if ((seen.discovery && !seen.discovery->answered()) || (seen.jwks && !seen.jwks->answered())) {
    counters_.probes_failed += 1;
  }
  const AuthorityTrack* track = pipeline_.find(seen.authority);
  const auto keys_before = track == nullptr ? std::nullopt : track->last_key_change();
  const bool known_before = track != nullptr && track->discovery_body() != nullptr;
  put(pipeline_.observe(seen, now));
  if (track != nullptr && (track->last_key_change() != keys_before ||
                           (!known_before && track->discovery_body() != nullptr))) {
    canaries_.keys_changed(seen.authority);
  }
  confirm_soon(seen, watched, now);
  keep_pace(seen, watched, now);
}

void Watch::keep_pace(const model::Observation& seen, Watched& watched, const net::Now& now) {
  const std::optional<int> before = watched.limited;
  const bool limited = is_limited(seen);
  watched.limited = limited ? std::min(before.value_or(0) + 1, kLimitedMax) : 0;
  const base::Duration interval = watched.probe->spec().interval;
  const base::Duration wait = pause(seen, *watched.limited, interval, now.wall);
  if (now.boottime + wait > watched.planned) plan(seen.authority, now.boottime + wait);
  // Told when it begins and when it ends: by an earlier run it may have been told, too.
  if (!limited && before == 0) return;
  put(pipeline_.judge(now, {pace_result(seen, wait, interval, config_->instance)}, {}));
}

// Once: while the machine is short of time, more probes would make it worse.
void Watch::repeat_soon(const std::string& name, Watched& watched) {
  if (std::exchange(watched.repeated, true)) return;
  const base::Duration at = parts_.clock.boottime() + kRepeatAfter +
                            probe::jitter(name, 0, watched.probe->spec().interval / 4);
  if (at < watched.planned) plan(name, at);
}

void Watch::confirm_soon(const model::Observation& seen, Watched& watched, const net::Now& now) {
  const AuthorityTrack* track = pipeline_.find(seen.authority);
  if (track == nullptr || !track->last()) return;
  const auto wait = watched.confirmation.observed(track->last()->good, seen.authority,
                                                  watched.probe->spec().interval);
  if (!wait || now.boottime + *wait >= watched.planned || asks_to_wait(seen)) return;
  // Where the fault is on this side, more questions tell nothing.
  if (pipeline_.guard().active() || lag_.late()) return;
  if (extra_probes_.take(host_of(seen), now.boottime)) {
    plan(seen.authority, now.boottime + *wait);
  }
}

bool Watch::progresses(base::Duration boottime) const {
  return draining_ || std::ranges::all_of(watched_, [&](const auto& entry) {
           const Watched& watched = entry.second;
           PlannedLook look{watched.planned, std::nullopt, watched.probe->spec().timeout,
                            watched.limits.redirects};
           if (watched.probe->running()) look.begun = watched.begun;
           return watch::progresses(look, boottime);
         });
}

void Watch::judge_lateness(const net::Now& now) {
  lag_.judge(now.boottime);
  auto result = lateness_.take_result(config_->instance, now.wall, now.boottime, lag_);
  if (result) put(pipeline_.judge(now, {std::move(*result)}, {}));
}

void Watch::plan_judging() {
  if (draining_ || judging_timer_ != 0 || !deployments_.judging().waiting()) return;
  judging_timer_ = parts_.scheduler.soon([this](const net::Now& now) {
    judging_timer_ = 0;
    put(pipeline_.judge_deployments(now, kJudgingBudget));
  });
}

}  // namespace idpwatch::watch
