// Which deployed validators wait to be judged, and judging them in slices: one judgement may cost a
// third of a second, and a rotation makes hundreds of them due at once, while probes, alerts and
// signals must not wait.
//
// An observation marks the validators of its authority; judge_some() works through them until its
// budget is spent, one of each authority in turn, so that no authority waits for another's
// hundreds. A newer observation replaces what was to be judged: those not reached yet come first,
// then all again. Validators of one authority are judged as of one instant, so that equal questions
// are asked once. Pure but for the clock that measures the budget. Loop thread only.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "checks/canary/canary_facts.hpp"
#include "config/config.hpp"
#include "forecast/forecaster.hpp"
#include "model/rules.hpp"
#include "net/scheduler.hpp"
#include "watch/caller_tokens.hpp"
#include "watch/followed_authority.hpp"
#include "watch/watched_validator.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace idpwatch::watch {

class Judging {
 public:
  struct Member {
    const config::DeploymentConfig* deployment = nullptr;
    const WatchedValidator* validator = nullptr;
    // When its process began, in ticks since boot; empty: not known.
    const std::optional<std::uint64_t>* start_ticks = nullptr;
  };
  enum class Progress {
    kUnknown,  // nothing is known of the authority yet
    kWaiting,  // not judged yet, or the authority serves something else since
    kJudged,
  };

  explicit Judging(const base::Clock& clock) : clock_(clock) {}

  // Instead of all before; what they point to must live until the next call. All wait to be judged.
  // Of `configured` authorities those whose tokens callers bring are followed, too. What is known
  // of authorities that nobody needs any more is forgotten.
  void set_members(const std::vector<Member>& members,
                   const std::vector<config::AuthorityConfig>& configured, std::string vantage);

  // What the store knows of that authority; nothing where no validator trusts it.
  base::Status restore(storage::Reader& stored, const std::string& authority, base::Instant now);
  // Takes in what was seen, and marks the validators of that authority.
  void observed(const AuthorityTrack& track, const model::Observation& seen,
                const ProbeOutcome& judged, const net::Now& now);
  // A real token was fetched: of a deployment, or of an authority for itself, which then shows no
  // more than which key signs. Null: there is none any more. Marks the validators that it is about.
  void take_canary(const model::Subject& subject, std::optional<checks::CanaryFacts> facts);
  // From then on that key signs, by its thumbprint.
  void signer_seen(const std::string& authority, const std::string& thumbprint, base::Instant at);
  // Of canaries that are no longer configured nothing is kept.
  void keep_canaries(const std::function<bool(const model::Subject&)>& configured);
  // Marks the validators of that authority: something else than what it serves changed.
  void mark(const std::string& authority);
  // Marks those whose judgement changes by time alone until now.
  void mark_due(base::Instant now);
  // The local clock was set: all that was planned is judged again.
  void clock_set(const net::Now& now);
  [[nodiscard]] std::optional<base::Instant> next_due() const;

  [[nodiscard]] bool waiting() const { return !queue_.empty(); }
  // At least one, and no further one once `budget` is spent, which counts from the begin of the
  // turn.
  std::vector<model::CheckResult> judge_some(const net::Now& now, base::Duration budget);
  // All that wait, from what the store knows alone. Rotations that are only expected are told
  // however far they are: who asks wants to know.
  base::Result<std::vector<model::CheckResult>> judge_stored(storage::Reader& stored,
                                                             const net::Now& now);

  [[nodiscard]] const std::vector<Member>& members(std::string_view authority) const;
  [[nodiscard]] Progress progress(const WatchedValidator& validator) const;
  // Why the last judgement leaves open whether it can fetch; empty: it does not.
  [[nodiscard]] std::string undetermined(const WatchedValidator& validator) const;
  // What the last judgement says of the way by which it fetches.
  [[nodiscard]] std::vector<std::string> notes(const WatchedValidator& validator) const;
  // Its own client is served where idpwatch was not.
  [[nodiscard]] bool by_itself(const WatchedValidator& validator) const;
  // A limit of ours that the newest look at that authority met; empty: none.
  [[nodiscard]] std::string unseen(std::string_view authority) const;

  // Since the start: each costs up to some tenths of a second of CPU.
  [[nodiscard]] std::int64_t judgements() const { return judgements_; }

 private:
  // The validators of one authority. They are gone through in a ring: the first `left` from `next`
  // on wait.
  struct Group {
    std::vector<Member> members;
    std::vector<std::optional<std::uint64_t>> judged;  // as of which revision of the authority
    std::vector<std::string> undetermined;             // why; empty: it was determined
    std::vector<std::vector<std::string>> notes;       // of the way to the provider
    std::vector<bool> by_itself;                       // served where idpwatch was not
    std::size_t next = 0, left = 0;
    bool queued = false;
    bool issues = false;  // tokens that callers of some deployment bring
    FollowedAuthority authority;
    base::Instant as_of;  // of what is being judged
    std::unique_ptr<forecast::Forecaster> judge;
    std::optional<base::Instant> due;
  };

  static std::vector<std::string> addresses_of(const Group& group);
  void mark(const std::string& name, Group& group);
  // The validator whose turn it is.
  void judge_next(Group& group, const net::Now& now, std::optional<base::Duration> foresight,
                  std::vector<model::CheckResult>& out);

  struct RealToken {
    model::Subject subject;
    std::shared_ptr<const checks::CanaryFacts> shown;
    std::optional<forecast::SignerPin> signer;
  };
  [[nodiscard]] const RealToken* real_token(const model::Subject& subject) const;
  void show_canaries(const Member& member, std::vector<forecast::TokenFacts>& callers,
                     std::optional<forecast::SignerPin>& signer) const;
  [[nodiscard]] std::vector<WatchedIssuer> issuers_of(
      const std::vector<config::CallerTokens>& tokens) const;

  const base::Clock& clock_;  // of the budget
  // Of configured authorities whose tokens callers bring, by name.
  std::map<std::string, std::string, std::less<>> issuers_;
  std::string vantage_;
  std::map<std::string, Group, std::less<>> groups_;  // by authority; "" = without one
  struct Place {
    const Group* group = nullptr;
    std::size_t index = 0;
  };
  std::unordered_map<const WatchedValidator*, Place> places_;
  std::deque<std::string> queue_;  // authorities with validators that wait
  std::int64_t judgements_ = 0;
  std::vector<RealToken> real_tokens_;  // one of each canary
};

}  // namespace idpwatch::watch
