// Which authorities are watched, and how one comes and goes: see watch.hpp.
#include "base/log.hpp"
#include "probe/schedule.hpp"
#include "watch/restore.hpp"
#include "watch/watch.hpp"

#include <set>
#include <utility>

namespace idpwatch::watch {

std::vector<Watch::SpecPtr> Watch::not_watched_yet(const ConfigPtr& config) const {
  std::vector<SpecPtr> specs;
  for (const config::AuthorityConfig& authority : config->authorities) {
    if (!watched_.contains(authority.spec.name)) specs.emplace_back(config, &authority.spec);
  }
  return specs;
}

// Those of the configuration are held with it, by track and probe, and not copied.
std::vector<Watch::SpecPtr> Watch::wanted() const {
  std::vector<SpecPtr> wanted;
  for (const model::AuthoritySpec& spec : deployments_.named_authorities()) {
    wanted.push_back(std::make_shared<const model::AuthoritySpec>(spec));
  }
  for (const config::AuthorityConfig& authority : config_->authorities) {
    wanted.emplace_back(config_, &authority.spec);
  }
  return wanted;
}

void Watch::adjust(ReadyTracks tracks, bool first_round) {
  const std::vector<SpecPtr> wanted = this->wanted();
  const auto options = track_options(*config_);
  std::set<std::string_view> names;
  for (const SpecPtr& spec : wanted) names.insert(spec->name);
  std::vector<std::string> unwanted;
  for (const auto& [name, watched] : watched_) {
    if (!names.contains(name)) unwanted.push_back(name);
  }
  for (const std::string& name : unwanted) remove(name);
  const base::Duration now = parts_.scheduler.now().boottime;
  adjust_again_ = false;
  waiting_.clear();
  std::size_t read = tracks.size();
  for (const SpecPtr& spec : wanted) {
    auto found = tracks.find(spec->name);
    if (found == tracks.end() && !watched_.contains(spec->name)) {
      if (!first_round && read++ >= kReadInATurn) {
        waiting_.push_back(spec);
        continue;
      }
      add_stored(
          spec, options,
          first_round ? probe::first_look(spec->name, spec->interval, wanted.size(), now) : now);
      continue;
    }
    add(spec, options, found == tracks.end() ? nullptr : std::move(found->second),
        first_round ? probe::first_look(spec->name, spec->interval, wanted.size(), now) : now);
  }
  if (!waiting_.empty()) add_waiting_soon();
  put(alerts_.retire(parts_.scheduler.now().wall, gone_from(*config_, deployments_)));
}

// One that goes on from what is stored of it.
void Watch::add_stored(const SpecPtr& spec, const std::shared_ptr<const TrackOptions>& options,
                       base::Duration first_look) {
  auto track = load_tracks(*stored_, {spec}, options, parts_.scheduler.now().wall);
  if (!track) {
    base::log::error("storage", track.error().text(), {{"authority", spec->name}});
    distrust(track.error());
    adjust_again_ = true;  // without its past, all that it publishes would be news
    return;
  }
  add(spec, options, std::move(track->begin()->second), first_look);
}

// Thousands that a reload adds are read a few a turn: each costs a dozen questions to the database.
void Watch::add_waiting_soon() {
  parts_.scheduler.cancel(waiting_timer_);
  waiting_timer_ = parts_.scheduler.soon([this](const net::Now& now) {
    const auto options = track_options(*config_);
    for (std::size_t read = 0; read < kReadInATurn && !waiting_.empty(); ++read) {
      const SpecPtr spec = std::move(waiting_.front());
      waiting_.pop_front();
      if (!draining_ && !watched_.contains(spec->name)) add_stored(spec, options, now.boottime);
    }
    if (!waiting_.empty()) add_waiting_soon();
  });
}

void Watch::distrust(const base::Error& why) {
  if (parts_.distrust && stored_->says_damage(why)) parts_.distrust(why);
}

void Watch::add(const SpecPtr& spec, const std::shared_ptr<const TrackOptions>& options,
                std::unique_ptr<AuthorityTrack> ready, base::Duration first_look) {
  const std::string& name = spec->name;
  const bool known = pipeline_.find(name) != nullptr;
  AuthorityTrack& track = pipeline_.watch(spec, options, std::move(ready));
  if (!known && !past_known_) track.hold_back();
  const auto history = deployments_.judging().restore(*stored_, name, parts_.scheduler.now().wall);
  if (!history) base::log::error("storage", history.error().text(), {{"authority", name}});
  Watched& watched = watched_[name];
  if (watched.probe && watched.probe->spec() == *spec && watched.limits == config_->limits) {
    watched.probe->hold(spec);
    return watched.probe->ask_as(deployments_.clients(name));
  }
  watched.limits = config_->limits;
  watched.probe =
      std::make_unique<probe::AuthorityProbe>(transport_, parts_.clock, spec, watched.limits);
  watched.probe->ask_as(deployments_.clients(name));
  plan(name, first_look);
}

void Watch::past_is_readable() {
  if (past_known_) return;
  const auto options = track_options(*config_);
  const std::vector<SpecPtr> specs = wanted();
  const base::Instant now = parts_.scheduler.now().wall;
  auto tracks = load_tracks(*stored_, specs, options, now);
  if (!tracks) return distrust(tracks.error());
  auto alerts = stored_->alerts();
  if (!alerts) return distrust(alerts.error());
  auto outbox = stored_->outbox();
  if (!outbox) return distrust(outbox.error());
  past_known_ = true;
  for (const SpecPtr& spec : specs) {
    auto ready = tracks->extract(spec->name);
    if (!ready || pipeline_.find(spec->name) == nullptr) continue;
    pipeline_.forget(spec->name);
    pipeline_.watch(spec, options, std::move(ready.mapped()));
  }
  put(alerts_.restore(now, std::move(*alerts), std::move(*outbox),
                      gone_from(*config_, deployments_)));
}

void Watch::remove(const std::string& name) {
  const auto found = watched_.find(name);
  parts_.scheduler.cancel(found->second.timer);
  watched_.erase(found);
  model::Batch batch;
  if (AuthorityTrack* track = pipeline_.find(name)) track->flush_span(batch);
  submit(last_ticket_, std::move(batch));
  pipeline_.forget(name);
}

}  // namespace idpwatch::watch
