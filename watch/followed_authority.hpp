// What the forecast knows of one authority: what it served, what was learned of its rotations, how
// its clock stands. Kept up with every observation, and at the start filled from the store.
//
// Kept only for authorities that some deployed validator trusts, or whose tokens its callers bring.
// One thread.
#pragma once

#include "base/result.hpp"
#include "checks/clock/clock_rate.hpp"
#include "forecast/view.hpp"
#include "model/observation.hpp"
#include "net/scheduler.hpp"
#include "storage/reader.hpp"
#include "watch/authority_track.hpp"
#include "watch/response_history.hpp"
#include "watch/rotation_stats.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace idpwatch::watch {

class FollowedAuthority {
 public:
  FollowedAuthority() = default;
  FollowedAuthority(const FollowedAuthority&) = delete;  // its facts point into it
  FollowedAuthority& operator=(const FollowedAuthority&) = delete;

  // What the store knows of its last days; once, later calls do nothing. `asked`: see
  // ResponseHistory.
  base::Status restore(storage::Reader& stored, const std::string& name, base::Instant now,
                       const std::vector<std::string>& asked);
  // `waits`: how long each of its validators waits for an answer.
  void observe(const std::vector<base::Duration>& waits, const AuthorityTrack& track,
               const model::Observation& seen, const ProbeOutcome& judged, const net::Now& now);
  // A real token shows that the key begins to sign then.
  void signer_seen(const std::string& authority, const std::string& thumbprint, base::Instant at) {
    habits_.signer_seen(authority, thumbprint, at);
  }
  // Takes what was restored for what is so now: for a judgement without a daemon.
  void take_as_observed(const std::string& name);

  // Something is known of it: before, nothing can be judged.
  [[nodiscard]] bool observed() const { return observed_; }
  [[nodiscard]] const forecast::AuthorityFacts& facts() const { return facts_; }
  [[nodiscard]] const std::optional<forecast::ClockBounds>& clock() const { return clock_; }
  // A limit of ours that the newest observation met; empty: none.
  [[nodiscard]] const std::string& unseen() const { return unseen_; }
  // Grows when it served something else, or something was learned of its rotations.
  [[nodiscard]] std::uint64_t revision() const {
    return feed_.history().revision() + habits_.revision();
  }

 private:
  void refresh_facts();

  ResponseHistory feed_;
  RotationStats habits_;
  std::uint64_t keys_revision_ = 0, habits_revision_ = 0;
  forecast::AuthorityFacts facts_;
  std::optional<forecast::ClockBounds> clock_;
  checks::ClockRate clock_rate_;
  std::string unseen_;
  bool feed_restored_ = false, observed_ = false;
};

}  // namespace idpwatch::watch
