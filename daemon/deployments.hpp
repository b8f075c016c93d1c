// The configured deployments: what is really deployed, as it was read last, and the forecast of
// each validator whenever its authority was looked at.
//
// Touches no file and no network. Loop thread only.
#pragma once

#include "base/result.hpp"
#include "checks/clock/clock_rate.hpp"
#include "daemon/authority_track.hpp"
#include "daemon/caller_tokens.hpp"
#include "daemon/config.hpp"
#include "daemon/deployed_files.hpp"
#include "daemon/deployment_reader.hpp"
#include "daemon/habits.hpp"
#include "daemon/history_feed.hpp"
#include "daemon/snapshot.hpp"
#include "forecast/judge.hpp"
#include "model/event.hpp"
#include "model/rules.hpp"
#include "net/scheduler.hpp"
#include "storage/reader.hpp"
#include "validators/documents.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace idpwatch::daemon {

// One validator of a deployment, ready to be asked.
struct WatchedValidator {
  std::string name;  // "orders-api#Bearer"
  model::ValidatorSettings settings;
  std::shared_ptr<const validators::Validator> validator;
  std::string metadata_url;             // empty: it fetches nothing
  std::string authority;                // name of the authority it trusts; empty: none is watched
  std::vector<std::string> notes = {};  // what was assumed of it, and what weakens a judgement
};

// The validators of one deployment by name. Problems (a file that cannot be read, a format that is
// not known) are Errors for the caller to show.
struct ReadDeployment {
  std::vector<WatchedValidator> validators;
  std::vector<base::Error> problems;
  std::vector<std::string> notes;
  std::vector<std::string> ignored;  // of them: what stands in the files and is not judged
};
ReadDeployment validators_of(DeploymentReading reading,
                             const std::shared_ptr<validators::DocumentStore>& documents);

class Deployments {
 public:
  Deployments();

  // Those that are configured. What was read of one of that name before stays in force until it is
  // read again.
  void configure(const Config& config);
  // Authorities that only deployed files name, for as long as they do.
  [[nodiscard]] const std::vector<model::AuthoritySpec>& named_authorities() const {
    return named_;
  }

  struct Refreshed {
    bool changed = false;  // which validators there are, or what they are set to
    std::vector<model::Event> events;
    std::vector<model::Verdict> verdicts;  // whether its files can be read
    std::vector<std::string> log;
  };
  // Takes in what was read. What cannot be read any more is judged on as it was read last: a file
  // that is gone for a moment mends nothing.
  Refreshed take(std::vector<DeploymentReading> readings, const Config& config, base::Instant now);
  // Its files have not been read since so long: a mount does not answer.
  std::vector<model::Verdict> overdue(const std::vector<DeploymentReader::Overdue>& readings,
                                      base::Instant now);

  // What the store knows of the authority's last days.
  base::Status restore(storage::Reader& stored, const std::string& authority, base::Instant now);
  // Takes in a look, and judges the validators of that authority.
  std::vector<model::Verdict> observed(const AuthorityTrack& track, const model::Observation& seen,
                                       const Judged& judged, const net::Now& now);
  // Those whose judgement changes by time alone until now, and those that were read anew.
  std::vector<model::Verdict> tick(const net::Now& now);
  [[nodiscard]] std::optional<base::Instant> next_due() const;

  // Of all validators, from what the store knows alone: no look is needed. Rotations that are only
  // expected are told however far they are: who asks wants to know.
  base::Result<std::vector<model::Verdict>> judge_stored(storage::Reader& stored,
                                                         const net::Now& now);

  // The smallest clock tolerance of the validators of that authority.
  [[nodiscard]] std::optional<base::Duration> tolerance(const std::string& authority) const;
  // Whether a finding's subject is still among what is deployed, as far as can be read.
  [[nodiscard]] bool has(const model::Subject& subject) const;
  [[nodiscard]] bool is_configured(const std::string& deployment) const;
  // False: the files of some deployment were never read, so that authorities may be missing.
  [[nodiscard]] bool all_read() const;
  [[nodiscard]] std::vector<ValidatorState> states() const;
  [[nodiscard]] bool empty() const { return entries_.empty(); }

 private:
  struct Entry {
    DeploymentConfig config;
    std::vector<WatchedValidator> validators;
    std::vector<base::Error> problems;  // of the last reading
    bool read_before = false;           // since it was configured
    bool unread = true;                 // not yet, or at the last attempt some file could not be
    bool trouble_told = true;           // its finding may be open: put out, or of an earlier run
    std::optional<std::uint64_t> start_ticks;
  };
  struct Followed {
    HistoryFeed feed;
    Habits habits;
    std::uint64_t keys_revision = 0, habits_revision = 0;
    forecast::AuthorityFacts facts;
    std::optional<forecast::ClockBounds> clock;
    checks::ClockRate clock_rate;
    bool looked_at = false;
    std::string unseen;  // a limit of ours that the newest look met; empty: none
  };

  [[nodiscard]] bool needs(const std::string& authority) const;
  [[nodiscard]] std::vector<WatchedIssuer> issuers_of(
      const std::vector<CallerTokens>& tokens) const;
  void assign_authorities(const Config& config);
  [[nodiscard]] Entry* find(const std::string& name);
  void take(Entry& entry, DeploymentReading&& reading, Refreshed& out, base::Instant now);
  [[nodiscard]] std::optional<base::Instant> started_at(const Entry& entry,
                                                        const net::Now& now) const;
  std::vector<model::Verdict> judge(const std::string& authority, const net::Now& now,
                                    std::optional<base::Duration> foresight = forecast::kForesight);
  [[nodiscard]] std::vector<base::Duration> waits_for(const std::string& authority) const;
  static void refresh_facts(Followed& followed);

  std::shared_ptr<validators::DocumentStore> documents_;
  std::vector<Entry> entries_;
  std::map<std::string, Followed, std::less<>> followed_;
  std::map<std::string, base::Instant, std::less<>> due_;  // by authority; "" = without one
  std::vector<model::AuthoritySpec> named_;
  std::map<std::string, std::string, std::less<>> issuers_;  // of configured authorities, by name
  std::string instance_;
};

}  // namespace idpwatch::daemon
