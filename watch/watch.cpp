#include "watch/watch.hpp"

#include "base/log.hpp"
#include "config/unimplemented_settings.hpp"
#include "probe/schedule.hpp"
#include "watch/restore.hpp"
#include "watch/self_findings.hpp"

#include <algorithm>
#include <utility>

namespace idpwatch::watch {

namespace {

// Unchanged observations cost no write until then (docs/storage.md).
constexpr base::Duration kFlushEvery = base::minutes(5);
constexpr base::Duration kRetentionFirst = base::minutes(10), kRetentionEvery = base::hours(24);
// The loop looks at its own clock at least that often, for steps of the wall clock.
constexpr base::Duration kTickAtLeastEvery = base::seconds(10);
// How soon a change of a deployed file is noticed: a few system calls a file, on another thread.
constexpr base::Duration kRefreshEvery = base::seconds(10);
// What the store went through is judged again at the end of its time, and not more often.
constexpr base::Duration kTellAgain = base::seconds(1);

}  // namespace

Watch::Watch(WatchParts parts, ConfigPtr config)
    : parts_(parts),
      config_(std::move(config)),
      lag_(parts.scheduler.now().boottime),
      transport_(parts.transport, parts.scheduler, parts.clock, lag_),
      alerts_(config_->alerts, parts.random, transport_,
              [this] { parts_.scheduler.soon([this](const net::Now& now) { tick(now); }); }),
      deployments_(parts.clock),
      reader_(
          parts.background, parts.scheduler, parts.files,
          [this](std::vector<DeploymentReading> readings) { take_readings(std::move(readings)); }),
      pipeline_(alerts_, &deployments_, config_->instance),
      endpoints_(
          parts.scheduler, transport_, deployments_,
          [this](const std::string& deployment, const net::Now& now) {
            return endpoint_token(deployment, now);
          },
          [this](std::vector<model::CheckResult> results) { judge_endpoint(std::move(results)); }),
      canaries_(
          {parts.scheduler, transport_, parts.background, parts.files}, parts.random,
          [this](const model::Subject& subject) { return token_source(subject); },
          [this](CanaryNews&& news) { take_canary(std::move(news)); }),
      backlog_(parts.backlog),
      ticked_at_(parts.scheduler.now().boottime),
      started_at_(parts.scheduler.now().wall),
      config_loaded_at_(started_at_),
      troubles_(config_->instance) {}

Watch::~Watch() {
  parts_.scheduler.cancel(tick_timer_);
  parts_.scheduler.cancel(flush_timer_);
  parts_.scheduler.cancel(refresh_timer_);
  parts_.scheduler.cancel(judging_timer_);
  parts_.scheduler.cancel(waiting_timer_);
  parts_.scheduler.cancel(troubles_timer_);
  parts_.scheduler.cancel(retention_timer_);
  for (auto& [name, watched] : watched_) parts_.scheduler.cancel(watched.timer);
}

base::Status Watch::start(storage::Reader& stored, bool past_known) {
  past_known_ = past_known;
  auto alerts = stored.alerts();
  if (!alerts) return base::fail(alerts.error());
  auto outbox = stored.outbox();
  if (!outbox) return base::fail(outbox.error());
  auto transitions =
      stored.transitions_since(std::chrono::floor<std::chrono::days>(parts_.scheduler.now().wall));
  if (!transitions) return base::fail(transitions.error());
  auto silences = stored.notes_of("silence");
  if (!silences) return base::fail(silences.error());
  configure_deployments();
  stored_ = &stored;
  // All that can fail comes before anything is sent.
  auto tracks = load_tracks(stored, not_watched_yet(config_), track_options(*config_),
                            parts_.scheduler.now().wall);
  if (!tracks) return base::fail(tracks.error());
  alerts_.restore_silences(alerts::silences_of(*silences, parts_.scheduler.now().wall));
  alerts_.restore_noted(parts_.scheduler.now().wall, std::move(*transitions));
  put(alerts_.restore(parts_.scheduler.now().wall, std::move(*alerts), std::move(*outbox),
                      gone_from(*config_, deployments_)));
  adjust(std::move(*tracks), true);
  troubles_.restore(alerts_.open_alerts(), parts_.scheduler.now().wall);
  store_troubled_ = parts_.store.fault().has_value();
  if (parts_.moved_aside) note_moved_database(parts_.scheduler.now().wall);
  judge_store(parts_.scheduler.now());
  plan_refresh();
  plan_flush();
  plan_retention(kRetentionFirst);
  plan_tick();
  return base::Ok{};
}

base::Status Watch::reload(ConfigPtr config) {
  const net::Now now = parts_.scheduler.now();
  // All that can fail comes before the first change; of very many, what the first of them shows.
  std::vector<SpecPtr> added = not_watched_yet(config);
  added.resize(std::min(added.size(), kReadInATurn));
  auto tracks = load_tracks(*stored_, added, track_options(*config), now.wall);
  if (!tracks) {
    distrust(tracks.error());
    return base::fail(tracks.error());
  }
  config_ = std::move(config);
  config_ok_ = true;
  config_loaded_at_ = now.wall;
  counters_.reloads += 1;
  put(alerts_.reconfigure(now.wall, config_->alerts));
  configure_deployments();
  adjust(std::move(*tracks), false);
  put(pipeline_.judge(now, {reload_result(config_->instance, std::nullopt, now.wall)}, {}));
  return base::Ok{};
}

void Watch::configure_deployments() {
  for (const config::ConfigProblem& each : config_->warnings) {
    base::log::warn("config", each.text());
  }
  for (const std::string& line : unimplemented_settings(*config_)) base::log::warn("config", line);
  deployments_.configure(*config_);
  reader_.configure(config_->deployments);
  endpoints_.configure(config_);
  canaries_.configure(config_);
  deployments_.judging().keep_canaries(
      [this](const model::Subject& subject) { return canaries_.has(subject); });
}

void Watch::reload_refused(const std::string& why) {
  const net::Now now = parts_.scheduler.now();
  config_ok_ = false;
  counters_.reloads += 1;
  counters_.reloads_failed += 1;
  put(pipeline_.judge(now, {reload_result(config_->instance, why, now.wall)}, {}));
}

void Watch::put(alerts::Turn turn) {
  for (const std::string& line : turn.log) base::log::info("alerts", line);
  for (const std::string& line : turn.warnings) base::log::warn("alerts", line);
  changed_ = true;
  submit(turn.ticket, std::move(turn.batch));
  // Alerting goes on from memory while nothing can be stored (docs/storage.md).
  if (store_troubled_) alerts_.acknowledged(last_ticket_);
  plan_tick();
}

void Watch::submit(std::uint64_t ticket, model::Batch&& batch) {
  if (batch.empty()) return;
  last_ticket_ = std::max(last_ticket_, ticket);
  if (backlog_.empty() && parts_.store.submit(last_ticket_, std::move(batch))) return;
  const bool was_full = backlog_.full();
  // What the store refuses it leaves as it was.
  backlog_.hold(last_ticket_, std::move(batch),  // NOLINT(bugprone-use-after-move)
                parts_.scheduler.now().wall);
  if (backlog_.full() && !was_full) backlog_is_full();
}

void Watch::submit_held() {
  if (backlog_.empty()) return;
  const bool all = backlog_.give([this](std::uint64_t ticket, model::Batch&& batch) {
    return parts_.store.submit(ticket, std::move(batch));
  });
  if (all && backlog_.full()) backlog_is_done();
}

void Watch::backlog_is_full() {
  base::log::error("storage",
                   "too much waits for the database: from now on events are sent but not recorded, "
                   "and of all else the newest state is kept");
  // Not in the middle of a turn.
  parts_.scheduler.soon([this](const net::Now& now) { judge_store(now); });
}

void Watch::backlog_is_done() {
  const net::Now now = parts_.scheduler.now();
  const Unrecorded lost = backlog_.unrecorded();
  auto state = backlog_.take_state(now.wall);
  counters_.unrecorded += lost.total();
  base::log::error("storage", "the database takes what waits again; not recorded: " + lost.text());
  submit(last_ticket_, std::move(*state));
  parts_.scheduler.soon([this](const net::Now& then) { judge_store(then); });
}

void Watch::stored(const storage::Ack& ack) {
  submit_held();
  alerts_.acknowledged(ack.ticket, ack.committed.numbered);
  if (const auto& rejected = ack.committed.rejected) {
    base::log::error("storage", "the database rejected rows",
                     {{"rows", std::to_string(rejected->rows)},
                      {"error", rejected->error},
                      {"kept in", rejected->file}});
    const net::Now now = parts_.scheduler.now();
    counters_.unrecorded += static_cast<std::int64_t>(rejected->rows);
    troubles_.rejected(*rejected, now.wall);
    judge_store(now);
  }
  plan_tick();
}

void Watch::store_changed() {
  const net::Now now = parts_.scheduler.now();
  const bool troubled = parts_.store.fault().has_value();
  const bool news = troubled != store_troubled_;
  store_troubled_ = troubled;
  if (news && troubled) {
    base::log::error("storage", parts_.store.fault()->error.text(), {});
  } else if (news) {
    base::log::info("storage", "the store writes again", {});
    submit_held();
  }
  const bool moved = note_moved_database(now.wall);
  if (moved) submit(last_ticket_, pipeline_.state());
  if (news || moved) judge_store(now);
}

// True: one that was not known of.
bool Watch::note_moved_database(base::Instant now) {
  const auto moved = parts_.moved_aside ? parts_.moved_aside() : std::nullopt;
  if (!moved || moved_to_ == moved->to) return false;
  moved_to_ = moved->to;
  base::log::error("storage", "the database was damaged and is moved aside; a new one begins",
                   {{"to", moved->to.string()}, {"reason", moved->reason}});
  troubles_.moved(*moved, now);
  return true;
}

void Watch::judge_store(const net::Now& now) {
  const auto unrecorded =
      backlog_.full() ? std::optional(backlog_.unrecorded()) : std::optional<Unrecorded>();
  put(pipeline_.judge(now, {troubles_.result(parts_.store.fault(), unrecorded, now.wall)}, {}));
  parts_.scheduler.cancel(troubles_timer_);
  troubles_timer_ = 0;
  if (const auto end = troubles_.ends_at()) {
    troubles_timer_ = parts_.scheduler.at(now.boottime + std::max(*end - now.wall, kTellAgain),
                                          [this](const net::Now& then) { judge_store(then); });
  }
}

void Watch::tick(const net::Now& now) {
  lag_.ran(tick_due_, now.boottime);
  ticked_at_ = now.boottime;
  ask_kernel();
  judge_lateness(now);
  put(pipeline_.tick(now));
}

// One more voice on whose clock is wrong; it costs a system call.
void Watch::ask_kernel() {
  std::optional<base::KernelClock> kernel;
  if (config_->clock.kernel && parts_.kernel_clock) kernel = parts_.kernel_clock();
  pipeline_.set_kernel_vote(kernel ? checks::kernel_vote(kernel->synchronised, kernel->max_error)
                                   : std::nullopt);
}

void Watch::plan_tick() {
  const net::Now now = parts_.scheduler.now();
  // Counted from the last one: what happens in between must not put it off for ever.
  tick_due_ = std::max(ticked_at_ + kTickAtLeastEvery, now.boottime);
  if (const auto due = pipeline_.next_due()) {
    const base::Duration wait = std::max(*due - now.wall, base::Duration(0));
    tick_due_ = std::min(tick_due_, now.boottime + wait);
  }
  parts_.scheduler.cancel(tick_timer_);
  tick_timer_ = parts_.scheduler.at(tick_due_, [this](const net::Now& then) { tick(then); });
  plan_judging();
}

void Watch::plan_flush() {
  flush_timer_ =
      parts_.scheduler.at(parts_.scheduler.now().boottime + kFlushEvery, [this](const net::Now&) {
        // Behind: the spans go on in memory, and cost nothing there.
        if (backlog_.empty()) submit(last_ticket_, pipeline_.flush_spans());
        plan_flush();
      });
}

// By the configuration of that day.
void Watch::plan_retention(base::Duration wait) {
  retention_timer_ =
      parts_.scheduler.at(parts_.scheduler.now().boottime + wait, [this](const net::Now& now) {
        parts_.store.compact({now.wall, now.wall - config_->retention_observations});
        plan_retention(kRetentionEvery);
      });
}

void Watch::plan_refresh() {
  refresh_timer_ = parts_.scheduler.at(parts_.scheduler.now().boottime + kRefreshEvery,
                                       [this](const net::Now& now) {
                                         refresh_deployments(now);
                                         plan_refresh();
                                       });
}

void Watch::refresh_deployments(const net::Now& now) {
  if (draining_ || deployments_.empty()) return;
  auto overdue = deployments_.overdue(reader_.overdue(), now.wall);
  if (!overdue.empty()) put(pipeline_.judge(now, std::move(overdue), {}));
  if (adjust_again_) adjust({}, false);
  reader_.refresh();
}

void Watch::take_readings(std::vector<DeploymentReading> readings) {
  if (draining_) return;
  const net::Now now = parts_.scheduler.now();
  Deployments::Refreshed refreshed = deployments_.take(std::move(readings), *config_, now.wall);
  for (const std::string& line : refreshed.log) base::log::warn("deployments", line);
  if (!refreshed.results.empty() || !refreshed.events.empty()) {
    put(pipeline_.judge(now, std::move(refreshed.results), std::move(refreshed.events)));
  }
  if (refreshed.changed) adjust({}, false);
}

base::Result<std::vector<alerts::TestMessage>> Watch::test_receiver(const std::string& receiver) {
  auto turn = alerts_.test(parts_.scheduler.now().wall, receiver);
  if (!turn) return base::fail(turn.error());
  put(std::move(*turn));
  std::vector<alerts::TestMessage> tests;
  for (const auto& [name, test] : alerts_.tests()) {
    if (receiver.empty() || name == receiver) tests.push_back(test);
  }
  return tests;
}

base::Result<alerts::Silence> Watch::silence(alerts::Silence silence) {
  auto turn = alerts_.silence(parts_.scheduler.now().wall, std::move(silence));
  if (!turn) return base::fail(turn.error());
  put(std::move(*turn));
  changed_ = true;
  return alerts_.silences().back();
}

base::Result<alerts::Silence> Watch::unsilence(const std::string& id) {
  auto turn = alerts_.unsilence(parts_.scheduler.now().wall, id);
  if (!turn) return base::fail(turn.error());
  put(std::move(*turn));
  changed_ = true;
  return *std::ranges::find(alerts_.silences(), id, &alerts::Silence::id);
}

void Watch::drain() {
  draining_ = true;
  canaries_.drain();
  for (auto& [name, watched] : watched_) {
    parts_.scheduler.cancel(watched.timer);
    watched.probe->cancel();
  }
  endpoints_.drain();
  submit(last_ticket_, pipeline_.flush_spans());
}

// What waits for a store that cannot be written is not waited for.
bool Watch::idle() const { return alerts_.idle() && (store_troubled_ || backlog_.empty()); }

bool Watch::take_changed() { return std::exchange(changed_, false); }

std::shared_ptr<const TrackOptions> Watch::track_options(const config::Config& config) const {
  return std::make_shared<const TrackOptions>(
      TrackOptions{config.timeline, config.tls, config.clock.warn, config.instance,
                   config.limits.body_bytes, parts_.storage});
}

}  // namespace idpwatch::watch
