// The configured deployments: what is really deployed, read again when it changes, and the forecast
// of each validator whenever its authority was looked at.
//
// Reads files; knows nothing about the network. Loop thread only.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "checks/clock/clock_rate.hpp"
#include "daemon/authority_track.hpp"
#include "daemon/config.hpp"
#include "daemon/deployed_files.hpp"
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
  std::string metadata_url;  // empty: it fetches nothing
  std::string authority;     // name of the authority it trusts; empty: none is watched
};

// Reads one deployment: its validators by name. Problems (a file that cannot be read, a format that
// is not known) are Errors for the caller to show.
struct ReadDeployment {
  std::vector<WatchedValidator> validators;
  std::vector<base::Error> problems;
  std::vector<std::string> notes;
  std::vector<std::string> ignored;  // of them: what stands in the files and is not judged
};
ReadDeployment read_deployment(const DeploymentConfig& config, const DeployedOnDisk& found,
                               const std::shared_ptr<validators::DocumentStore>& documents);

class Deployments {
 public:
  explicit Deployments(const base::Clock& clock);

  // Reads all that is configured. Gives back what the log should say.
  std::vector<std::string> configure(const Config& config);
  // Authorities that only deployed files name, for as long as they do.
  [[nodiscard]] const std::vector<model::AuthoritySpec>& named_authorities() const {
    return named_;
  }

  struct Refreshed {
    bool changed = false;
    std::vector<model::Event> events;
    std::vector<std::string> log;
  };
  // Looks whether files changed, and reads again what did. What cannot be read any more is judged
  // on as it was read last: a file that is gone for a moment mends nothing.
  Refreshed refresh(const Config& config, base::Instant now);

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
  [[nodiscard]] std::vector<ValidatorState> states() const;
  [[nodiscard]] bool empty() const { return entries_.empty(); }

 private:
  struct Entry {
    DeploymentConfig config;
    std::string fingerprint;
    std::vector<WatchedValidator> validators;
    bool unread = false;  // at the last attempt some file could not be read
  };
  struct Followed {
    HistoryFeed feed;
    Habits habits;
    std::uint64_t keys_revision = 0, habits_revision = 0;
    forecast::AuthorityFacts facts;
    std::optional<forecast::ClockBounds> clock;
    checks::ClockRate clock_rate;
    bool looked_at = false;
  };

  void assign_authorities(const Config& config);
  std::vector<std::string> read(Entry& entry);
  std::vector<model::Verdict> judge(const std::string& authority, const net::Now& now,
                                    std::optional<base::Duration> foresight = forecast::kForesight);
  static void refresh_facts(Followed& followed);

  const base::Clock& clock_;  // of processes that are looked up in /proc
  std::shared_ptr<validators::DocumentStore> documents_;
  std::vector<Entry> entries_;
  std::map<std::string, Followed, std::less<>> followed_;
  std::map<std::string, base::Instant, std::less<>> due_;  // by authority; "" = without one
  std::vector<model::AuthoritySpec> named_;
  std::string instance_;
};

}  // namespace idpwatch::daemon
