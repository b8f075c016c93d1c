// One authority over time: what its observations mean (timeline, checks, clock) and what of them is
// to be stored. The same code for live probes, imported records and replays.
//
// Bodies are parsed only when their digest is new; secrets in a key set are redacted before
// anything else sees it. Equal observations extend an open span in memory and cost no write until
// flush_span(), and once their results can move no finding any more they are not judged again. No
// clock, network or database in here; one thread.
#pragma once

#include "base/time.hpp"
#include "checks/authority_view.hpp"
#include "checks/clock/clock_estimator.hpp"
#include "checks/clock/clock_offset.hpp"
#include "checks/timeline/key_timeline.hpp"
#include "model/authority.hpp"
#include "model/batch.hpp"
#include "model/discovery.hpp"
#include "model/jwk.hpp"
#include "model/observation.hpp"
#include "model/rules.hpp"
#include "watch/storage_budget.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::watch {

// One for all authorities of a configuration.
struct TrackOptions {
  model::TimelineConfig timeline;
  model::TlsThresholds tls;
  base::Duration clock_warn = base::seconds(1);
  std::string instance;  // this host, and the vantage
  std::uint64_t document_limit = std::uint64_t{2} * 1024 * 1024;
  StorageLimits storage = {};
};

// What is known of an authority from an earlier run.
struct StoredTrack {
  model::TimelineState timeline;
  std::vector<model::KeyRecord> keys;
  std::vector<model::KidRecord> kids;
  std::vector<model::Sighting> sightings;
  std::string discovery_body, jwks_body;  // last good ones; empty: none
  std::optional<base::Instant> last_observed;
  // What was stored of it on this day, in bytes.
  std::chrono::sys_days day;
  std::size_t stored_bodies = 0, stored_rows = 0;
  // What it was asked for then, and where; empty: not known.
  std::string issuer, discovery_url, jwks_url;
};

struct ProbeOutcome {
  std::vector<model::CheckResult> results;
  std::vector<model::Event> events;
  bool discovery_good = false, keys_good = false;  // of this look
  // It repeats good looks, so many that nothing about it can be open: the checks would call all
  // good once more and move nothing, and were not asked; only the clock speaks, if it is bad.
  bool quiet = false;
  bool unrecorded = false;       // the events go beyond what is stored of an authority in a day
  base::Duration clock_step{0};  // the local clock was set by so much since the look before
};

// What is shown of the newest look.
struct LastLook {
  base::Instant at;
  bool answered = false;        // both documents, as far as they are asked for
  bool good = false;            // and both are what they must be
  std::int64_t latency_us = 0;  // 0: not measured
  std::optional<base::Instant> certificate_not_after;
};

class AuthorityTrack {
 public:
  AuthorityTrack(std::shared_ptr<const model::AuthoritySpec> spec,
                 std::shared_ptr<const TrackOptions> options);

  void restore(const StoredTrack& stored);
  // What an earlier run knows of it cannot be read now, and may be later: until then nothing is
  // said or stored of what is new, since all would seem to be. Judgements go on. A track that is
  // restored takes the place of this one.
  void hold_back() { held_back_ = true; }
  void reconfigure(std::shared_ptr<const model::AuthoritySpec> spec,
                   std::shared_ptr<const TrackOptions> options);
  // The smallest clock tolerance of the validators that trust this authority; nullopt: none known.
  void set_tolerance(std::optional<base::Duration> tolerance) { tolerance_ = tolerance; }

  // `wall` and `boottime` are two readings of one instant; of an imported record both are its own.
  ProbeOutcome observe(const model::Observation& seen, base::Instant wall, base::Duration boottime,
                       model::Batch& batch);
  // Writes what the open span gained since the last write: all that a restart needs, since the keys
  // of a stretch are those of its document.
  void flush_span(model::Batch& batch);
  // All that a restart needs, bodies as well: when it is not known to be stored.
  void give_state(model::Batch& batch);

  [[nodiscard]] const model::AuthoritySpec& spec() const { return *spec_; }
  // Of the last good key set; 0 without one.
  [[nodiscard]] std::int64_t signing_keys() const { return signing_keys_; }
  // As configured; of an authority that only a deployed file names: as published, once it is known.
  [[nodiscard]] const std::string& issuer() const {
    const bool published = !spec_->issuer_configured && !published_issuer_.empty();
    return published ? published_issuer_ : spec_->issuer;
  }
  // The last good bodies, as they are stored; null: none yet.
  [[nodiscard]] const std::shared_ptr<const std::string>& discovery_body() const {
    return discovery_body_.bytes;
  }
  [[nodiscard]] const std::shared_ptr<const std::string>& jwks_body() const {
    return jwks_body_.bytes;
  }
  [[nodiscard]] const checks::KeyTimeline& timeline() const { return timeline_; }
  [[nodiscard]] const checks::ClockEstimator& clock() const { return clock_; }
  [[nodiscard]] const std::optional<LastLook>& last() const { return last_; }
  [[nodiscard]] std::optional<base::Instant> last_observed() const { return last_observed_; }
  // When all that is asked for was good together, since the start.
  [[nodiscard]] std::optional<base::Instant> last_good() const;
  // When a key of the set came or went.
  [[nodiscard]] std::optional<base::Instant> last_key_change() const { return last_key_change_; }

 private:
  // The last good body of a part: as stored, with the digest of what came over the wire.
  struct Body {
    std::string raw_sha256;  // empty: that of what is stored
    std::string stored_sha256;
    std::shared_ptr<const std::string> bytes;

    [[nodiscard]] const std::string& raw() const {
      return raw_sha256.empty() ? stored_sha256 : raw_sha256;
    }
    void came_as(const std::string& sha256) {
      raw_sha256 = sha256 == stored_sha256 ? std::string() : sha256;
    }
  };
  struct Part {
    bool good = false;
    std::optional<base::Error> error;  // answered, but not what it must be
  };

  // The last good ones; null: none yet.
  [[nodiscard]] std::shared_ptr<const model::Discovery> discovery() const;
  [[nodiscard]] std::shared_ptr<const model::KeySet> key_set() const;
  Part take_discovery(const model::Observation& seen, model::Batch& batch, ProbeOutcome& judged);
  Part take_keys(const model::Observation& seen, model::Batch& batch, ProbeOutcome& judged);
  void take_certificate(const model::Observation& seen, model::Batch& batch, ProbeOutcome& judged);
  // Of texts of `seen` and this; nullopt: nothing new about the clock.
  std::optional<checks::ClockView> clock_view(const model::Observation& seen, base::Instant wall,
                                              base::Duration boottime);
  ProbeOutcome judge_observation(const model::Observation& seen, base::Instant wall,
                                 base::Duration boottime, model::Batch& batch);
  void keep_within_budget(base::Instant at, model::Batch& batch, ProbeOutcome& judged);
  // Comings and goings of keys that are not recorded today.
  void owe(const std::vector<model::Event>& events, const std::vector<model::KeyRecord>& keys);
  void give_owed(model::Batch& batch, ProbeOutcome& judged);
  // Times of one authority never go backwards (authority_clock.cpp).
  void follow_clock(const model::Observation& seen, base::Instant wall, base::Duration boottime,
                    model::Batch& batch, ProbeOutcome& judged);
  // Whether the open span goes on; else another one was opened.
  bool extend_span(const model::Observation& seen, const Part& discovery, const Part& keys,
                   model::Batch& batch);
  [[nodiscard]] bool calm(const model::Observation& seen, base::Instant wall,
                          const ProbeOutcome& judged) const;
  // Another issuer or address in our own configuration: what the next good look shows is a new
  // beginning, and no change that the provider made.
  void begin_anew();
  [[nodiscard]] bool asked_elsewhere(const StoredTrack& stored) const;
  void drop_own_changes(ProbeOutcome& judged);
  void take(checks::TimelineStep&& step, model::Batch& batch, ProbeOutcome& judged);
  void flush_keys(model::Batch& batch);
  static Body restored(const std::string& bytes);
  static void share(Body& body, const model::Fetch& fetch);
  static void keep(Body& body, const model::Fetch& fetch, std::shared_ptr<const std::string> stored,
                   model::Batch& batch);

  std::shared_ptr<const model::AuthoritySpec> spec_;
  std::shared_ptr<const TrackOptions> options_;
  StorageBudget budget_;
  checks::KeyTimeline timeline_;
  checks::ClockEstimator clock_;
  std::optional<base::Duration> tolerance_;
  Body discovery_body_, jwks_body_;
  std::string published_issuer_;  // of the last good document
  std::int64_t signing_keys_ = 0;
  std::optional<base::Instant> discovery_last_good_, jwks_last_good_, last_observed_;
  std::optional<base::Instant> last_key_change_;
  std::optional<model::ObservationSpan> span_;
  struct Owed {
    model::Event event;
    model::KeyRecord key;
  };
  std::map<std::string, Owed> owed_;  // by thumbprint
  bool held_back_ = false;
  bool budget_told_ = true;                      // by a finding, of this run or of one before
  std::optional<base::Duration> clock_reading_;  // wall minus boot time, but for slewing
  bool sightings_ended_ = false;                 // by a clock that was set back
  bool span_unwritten_ = false;  // the open span gained something since it was last put out
  int good_looks_ = 0;           // equal ones in a row that were judged, without a bad result
  std::optional<LastLook> last_;
  bool new_document_ = false, new_keys_ = false;  // after begin_anew(): not yet seen
  std::set<std::string> left_behind_;             // keys of before: their withdrawal is ours
};

}  // namespace idpwatch::watch
