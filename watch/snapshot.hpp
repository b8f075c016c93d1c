// What the loop knows at one instant, for the admin listener: built by the loop when somebody asks,
// immutable from then on, shared by pointer.
#pragma once

#include "alerts/retry.hpp"
#include "alerts/silence.hpp"
#include "alerts/test_message.hpp"
#include "base/time.hpp"
#include "model/alert.hpp"
#include "model/finding.hpp"
#include "model/refusal_state.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace idpwatch::watch {

// Authority's clock minus ours, as a proven interval.
struct ClockState {
  double lo_s = 0, hi_s = 0;
  std::string evidence;  // one line for people
};

struct AuthorityState {
  enum class State { kUnknown, kOk, kFailing };
  std::string name, issuer;
  State state = State::kUnknown;
  std::optional<base::Instant> last_probe;
  std::optional<base::Instant> last_good;        // all that is asked for, since the start
  std::optional<base::Instant> last_key_change;  // a key came or went
  std::optional<double> latency_ms;              // of the last probe, both documents
  std::int64_t keys = 0;                         // signing keys in the last good set
  std::optional<ClockState> clock;
  std::optional<base::Instant> certificate_not_after;
};

struct ValidatorState {
  std::string name, profile, version;
  model::RefusalState state = model::RefusalState::kUndetermined;
  std::string why;                        // it is undetermined
  std::vector<std::string> notes = {};    // what was assumed, what weakens the judgement
  std::optional<base::Instant> earliest;  // refusal that is forecast, or holds
  std::vector<std::string> findings;      // ids
};

// What became of the messages to one receiver since the start, and how it does.
struct ReceiverState {
  std::string name;
  std::int64_t delivered = 0, dropped = 0, waiting = 0;
  std::array<std::int64_t, alerts::kFailureReasons> failed{};  // by alerts::FailureReason
  std::optional<base::Instant> oldest;                         // when the oldest waiting was made
  bool failing = false;
};

struct OutboxState {
  std::int64_t queued = 0;
  std::optional<base::Instant> oldest;  // when the oldest of them was made
};

// Monotonic since the start of the process.
struct Counters {
  std::int64_t probes = 0, probes_failed = 0;
  std::int64_t events = 0;
  std::int64_t judgements = 0;  // of deployed validators
  std::int64_t reloads = 0, reloads_failed = 0;
  std::int64_t unrecorded = 0;  // rows that could not be kept for the store
};

struct Snapshot {
  std::string version, instance;
  base::Instant at, started_at;
  std::vector<AuthorityState> authorities;
  std::vector<ValidatorState> validators;
  std::vector<model::Alert> alerts;  // open ones and lately resolved ones
  // The findings of those that fire, ignored ones included.
  [[nodiscard]] std::vector<const model::Finding*> findings() const;
  OutboxState outbox;
  std::vector<ReceiverState> receivers;
  bool every_authority = false;            // metrics of each, however many there are
  std::vector<alerts::Silence> silences;   // going on, to come, or over lately
  std::vector<alerts::TestMessage> tests;  // the newest of each receiver
  Counters counters;
  bool config_ok = true;  // false: the last reload was refused
  bool storage_ok = true;
  std::optional<base::Instant> config_loaded_at;
};

// The numbers of a line about it.
struct Summary {
  std::size_t authorities = 0, firing = 0, queued = 0;
  bool config_ok = true;
};

using SnapshotPtr = std::shared_ptr<const Snapshot>;

}  // namespace idpwatch::watch
