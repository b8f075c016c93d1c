#include "watch/followed_authority.hpp"

#include "watch/own_limit.hpp"

namespace idpwatch::watch {

base::Status FollowedAuthority::restore(storage::Reader& stored, const std::string& name,
                                        base::Instant now, const std::vector<std::string>& asked) {
  if (!habits_.restored()) {
    const auto restored = habits_.restore(stored, name);
    if (!restored) return restored;
  }
  if (feed_restored_ || observed_) return base::Ok{};
  feed_restored_ = true;
  return feed_.restore(stored, name, now, asked);
}

void FollowedAuthority::observe(const std::vector<base::Duration>& waits,
                                const AuthorityTrack& track, const model::Observation& seen,
                                const ProbeOutcome& judged, const net::Now& now) {
  if (judged.clock_step != base::Duration(0)) feed_.clock_set(judged.clock_step);
  feed_.set_waits(waits);
  feed_.observe(seen, judged.discovery_good ? track.discovery_body() : nullptr,
                judged.keys_good ? track.jwks_body() : nullptr);
  habits_.observe(judged.events, track.timeline());
  observed_ = true;
  facts_.name = track.spec().name;
  facts_.issuer = track.issuer();
  unseen_ = own_limit(seen);
  if (const auto interval = track.clock().at(now.wall, now.boottime)) {
    if (interval->hi) {
      const base::Duration wall = now.wall.time_since_epoch() - now.boottime;
      clock_rate_.add(now.boottime, interval->lo + wall, *interval->hi + wall);
    }
    clock_ = forecast::ClockBounds{interval->lo, interval->hi, clock_rate_.bounds()};
  }
  refresh_facts();
}

void FollowedAuthority::take_as_observed(const std::string& name) {
  observed_ = !feed_.history().all().empty();
  facts_.name = name;
  facts_.issuer = feed_.issuer();
  unseen_ = feed_.unseen();
  refresh_facts();
}

void FollowedAuthority::refresh_facts() {
  facts_.history = &feed_.history();
  facts_.observed_at = feed_.observed_at();
  facts_.latency = feed_.latency();
  if (habits_.revision() != habits_revision_) {
    habits_revision_ = habits_.revision();
    facts_.learned = habits_.learned();
    facts_.rotations = habits_.rotations();
  }
  const std::uint64_t revision = facts_.history->revision();
  if (revision == keys_revision_) return;
  keys_revision_ = revision;
  facts_.keys = feed_.known_keys();
}

}  // namespace idpwatch::watch
