// The daemon's logic without its surroundings: when each authority is looked at, what comes of it,
// when messages leave. Time, network and store come in as interfaces, so that replays drive this
// very code on a virtual clock.
//
// Loop thread only. All parts must outlive it.
#pragma once

#include "alerts/alert_center.hpp"
#include "base/clock.hpp"
#include "base/kernel_clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "config/config.hpp"
#include "net/http_transport.hpp"
#include "net/scheduler.hpp"
#include "probe/authority_probe.hpp"
#include "probe/confirmation.hpp"
#include "storage/reader.hpp"
#include "storage/storage_thread.hpp"
#include "storage/store.hpp"
#include "watch/background.hpp"
#include "watch/canaries.hpp"
#include "watch/deployment_reader.hpp"
#include "watch/deployments.hpp"
#include "watch/lateness.hpp"
#include "watch/loop_lag.hpp"
#include "watch/measured_transport.hpp"
#include "watch/pipeline.hpp"
#include "watch/restore.hpp"
#include "watch/snapshot.hpp"
#include "watch/store_backlog.hpp"
#include "watch/store_port.hpp"
#include "watch/store_troubles.hpp"
#include "watch/watched_endpoints.hpp"

#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::watch {

using ConfigPtr = std::shared_ptr<const config::Config>;

struct WatchParts {
  net::Scheduler& scheduler;
  net::HttpTransport& transport;
  base::Random& random;
  const base::Clock& clock;
  StorePort& store;
  Background& background;  // where files are read
  StoreBacklogLimits backlog;
  // What the kernel knows of the local clock; unset: nothing.
  std::function<std::optional<base::KernelClock>()> kernel_clock = {};
  // The damaged database that was moved aside last in this process.
  std::function<std::optional<storage::MovedAside>()> moved_aside = {};
  // What is stored cannot be what was written, for this reason.
  std::function<void(const base::Error&)> distrust = {};
  StorageLimits storage = {};  // of each authority in a day
  const FileAccess& files = disk();
};

class Watch {
 public:
  Watch(WatchParts parts, ConfigPtr config);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  // Goes on from what is stored, and plans the first looks. `stored` is asked again whenever an
  // authority comes that was not watched before: it must outlive the watch. After an error nothing
  // was given to the store and nothing sent: another watch may begin. `past_known` is false when
  // there is a database that cannot be read at the moment, and `stored` stands in for it.
  base::Status start(storage::Reader& stored, bool past_known = true);
  // What `stored` reads now is the database, or a new one.
  void past_is_readable();
  // The new configuration is valid: authorities come, go and change; findings about what is gone
  // are resolved. An error changes nothing.
  base::Status reload(ConfigPtr config);
  // The configuration on disk was refused; the old one stays.
  void reload_refused(const std::string& why);
  // This batch and all before it are on disk, but for what the store says it could not take.
  void stored(const storage::Ack& ack);
  // The store went wrong, or came back.
  void store_changed();

  // A marked message to it, or to all when it is empty: what was put into the outbox.
  base::Result<std::vector<alerts::TestMessage>> test_receiver(const std::string& receiver);
  // As it was set, with its id.
  base::Result<alerts::Silence> silence(alerts::Silence silence);
  base::Result<alerts::Silence> unsilence(const std::string& id);

  // No further looks; what is due is still sent. Open spans are handed to the store.
  void drain();
  [[nodiscard]] bool idle() const;

  [[nodiscard]] SnapshotPtr snapshot() const;
  [[nodiscard]] bool storage_ok() const { return !store_troubled_; }
  // Without making one.
  [[nodiscard]] Summary summary() const;
  // Looks are made as planned (look_progress.hpp); no longer asked of a watch that drains.
  [[nodiscard]] bool progresses(base::Duration boottime) const;
  // Something that the snapshot shows has changed since the last asking.
  [[nodiscard]] bool take_changed();
  [[nodiscard]] const config::Config& config() const { return *config_; }
  // Real tokens, in memory.
  [[nodiscard]] const Canaries& canaries() const { return canaries_; }

 private:
  struct Watched {
    std::unique_ptr<probe::AuthorityProbe> probe;
    model::Limits limits;  // that the probe has
    net::TimerId timer = 0;
    base::Duration planned{0};   // the next look
    base::Duration begun{0};     // the look that is under way
    bool repeated = false;       // we interrupted it, and it was begun again
    std::optional<int> limited;  // probes in a row that were answered 429; unset: none was made yet
    probe::Confirmation confirmation;
  };

  void configure_deployments();
  using SpecPtr = std::shared_ptr<const model::AuthoritySpec>;
  [[nodiscard]] std::vector<SpecPtr> not_watched_yet(const ConfigPtr& config) const;
  // Brings what is watched in line with the configuration and what is deployed. `tracks`: what the
  // store knows of authorities that are new.
  void adjust(ReadyTracks tracks, bool first_round);
  [[nodiscard]] std::vector<SpecPtr> wanted() const;
  void add_stored(const SpecPtr& spec, const std::shared_ptr<const TrackOptions>& options,
                  base::Duration first_look);
  void add_waiting_soon();
  void add(const SpecPtr& spec, const std::shared_ptr<const TrackOptions>& options,
           std::unique_ptr<AuthorityTrack> ready, base::Duration first_look);
  // What was read cannot be what was written.
  void distrust(const base::Error& why);
  void remove(const std::string& name);
  void plan(const std::string& name, base::Duration at);
  void look(const std::string& name, const net::Now& now);
  void on_observation(model::Observation&& seen);
  void repeat_soon(const std::string& name, Watched& watched);
  void confirm_soon(const model::Observation& seen, Watched& watched, const net::Now& now);
  // A provider that answers 429, or names a Retry-After, is asked later.
  void keep_pace(const model::Observation& seen, Watched& watched, const net::Now& now);
  // Where the authority of that canary hands out tokens.
  [[nodiscard]] TokenSource token_source(const model::Subject& subject);
  void take_canary(CanaryNews&& news);
  // To call its protected API with.
  [[nodiscard]] std::optional<EndpointToken> endpoint_token(const std::string& deployment,
                                                            const net::Now& now);
  void note_signer(const CanaryNews& news, base::Instant now);
  void plan_judging();
  void put(alerts::Turn turn);
  void submit(std::uint64_t ticket, model::Batch&& batch);
  void submit_held();
  void backlog_is_full();
  void backlog_is_done();
  void tick(const net::Now& now);
  void ask_kernel();
  void plan_tick();
  void plan_flush();
  void plan_retention(base::Duration wait);
  void plan_refresh();
  void refresh_deployments(const net::Now& now);
  void take_readings(std::vector<DeploymentReading> readings);
  void judge_store(const net::Now& now);
  bool note_moved_database(base::Instant now);
  void judge_lateness(const net::Now& now);
  void judge_endpoint(std::vector<model::CheckResult> results);
  [[nodiscard]] std::shared_ptr<const TrackOptions> track_options(
      const config::Config& config) const;

  WatchParts parts_;
  ConfigPtr config_;
  storage::Reader* stored_ = nullptr;  // set by start(): for authorities that files name later
  LoopLag lag_;
  MeasuredTransport transport_;
  alerts::AlertCenter alerts_;
  Deployments deployments_;
  DeploymentReader reader_;
  Pipeline pipeline_;
  WatchedEndpoints endpoints_;
  Canaries canaries_;
  std::map<std::string, std::set<std::string>, std::less<>> signers_;  // kids seen, by authority
  std::map<std::string, Watched, std::less<>> watched_;
  StoreBacklog backlog_;  // the store's queue was full
  std::uint64_t last_ticket_ = 0;
  net::TimerId tick_timer_ = 0, flush_timer_ = 0, refresh_timer_ = 0, troubles_timer_ = 0,
               retention_timer_ = 0, judging_timer_ = 0;
  base::Duration tick_due_{0}, ticked_at_{0};
  probe::ExtraProbes extra_probes_;
  bool past_known_ = true;
  bool adjust_again_ = false;  // something could not be read from the store
  // So many authorities are read from the store in one turn: some 0.15 ms each.
  static constexpr std::size_t kReadInATurn = 64;
  std::deque<SpecPtr> waiting_;  // to be watched in one of the next turns
  net::TimerId waiting_timer_ = 0;
  bool draining_ = false, changed_ = true, store_troubled_ = false;
  Lateness lateness_;
  base::Instant started_at_, config_loaded_at_;
  bool config_ok_ = true;
  StoreTroubles troubles_;
  std::optional<std::filesystem::path> moved_to_;  // the last one that is known of
  Counters counters_;
};

}  // namespace idpwatch::watch
