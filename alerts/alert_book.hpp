// The alerts that exist, and how results move them: ok -> pending -> firing -> resolved -> ok, by
// the counts of model::find_rule (docs/rules.md). Pure: `now` is an
// argument. Knows nothing about receivers, apart from the `notified` lists that it keeps for
// others.
//
// `unknown` moves nothing. A finding of an event rule fires at once, closes by time, and is not
// closed by good results. One that opens too often in an hour stays open until it is calm
// (alerts/flapping.hpp). Of several results with one id in one call the worst counts ("as it
// runs" and "if restarted" of one validator share an id).
//
// A resolved alert stays until forget(): whoever owes its resolve calls that.
#pragma once

#include "alerts/flapping.hpp"
#include "base/time.hpp"
#include "model/alert.hpp"
#include "model/rules.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace idpwatch::alerts {

enum class Change { kFiring, kUpdated, kResolved };

struct Transition {
  Change change = Change::kFiring;
  std::string id;
  std::string reason;  // of a resolve: "good again", "closed by time", "config_removed", ...
};

// The reason of those whose authority, deployment or receiver is not configured any more.
inline constexpr std::string_view kConfigRemoved = "config_removed";
// The evidence of a resolved finding that ended for another reason than being good again.
inline constexpr std::string_view kClosedFact = "closed";

// What is to be stored since the last asking.
struct BookChanges {
  std::vector<model::Alert> changed;  // by id
  std::vector<std::string> removed;
};

// What of a finding later looks are compared with: a whole one for each alert would take as much
// room again.
struct NotifiedFacts {
  NotifiedFacts() = default;
  explicit NotifiedFacts(const model::Finding& finding);

  model::Severity severity = model::Severity::kWarning;
  std::optional<model::Certainty> certainty;
  std::optional<model::Condition> condition;
  std::optional<int> status;
  std::string error_id;
  // Hashes of what the evidence tells, but for measured values; of a mere chance without asides.
  std::size_t facts = 0, facts_of_chance = 0;
  std::optional<model::Window> window;
};

class AlertBook {
 public:
  // No allocation for good and unknown results without a state.
  std::vector<Transition> apply(base::Instant now, std::span<const model::CheckResult> results);
  // Closes event findings whose time is over, and flapping ones that have been calm.
  std::vector<Transition> tick(base::Instant now);
  [[nodiscard]] std::optional<base::Instant> due() const;
  // Their configuration is gone: pending ones vanish, firing ones are resolved.
  using Predicate = std::function<bool(const model::Finding&)>;
  std::vector<Transition> retire(base::Instant now, const Predicate& gone, std::string_view reason);
  // Beside what there is; counts as stored already. Of one finding, the alert that somebody was
  // notified of.
  void restore(std::vector<model::Alert> alerts);

  // The local clock was set by so much: what lasts goes on lasting as long as it did.
  void clock_set(base::Instant now, base::Duration step);

  [[nodiscard]] const model::Alert* find(const std::string& id) const;
  // The alert that this finding, with or without an id, belongs to; null when there is none.
  [[nodiscard]] const model::Alert* find(const model::Finding& finding) const;
  [[nodiscard]] std::vector<const model::Alert*> all() const;  // sorted by id
  [[nodiscard]] std::size_t size() const { return entries_.size(); }

  // For who notifies: the entry of that receiver is replaced, or taken away.
  void set_notified(const std::string& id, model::Notified entry);
  void clear_notified(const std::string& id, std::string_view receiver);
  void set_ignored(const std::string& id, bool ignored);
  void forget(const std::string& id);

  BookChanges take_changes();
  // Failed anew before people heard of their end, and over again: no transition, but that end is
  // owed.
  [[nodiscard]] std::vector<std::string> take_owed_ends() { return std::exchange(owed_ends_, {}); }
  // Grows with every change of any alert, measured values included.
  [[nodiscard]] std::uint64_t revision() const { return revision_; }

 private:
  struct Entry {
    model::Alert alert;
    NotifiedFacts notified;  // as of the last transition: later looks are compared with this one
  };
  using Entries = std::unordered_map<std::string, Entry>;
  using Transitions = std::vector<Transition>;

  struct Relevant {
    std::string id;
    const model::CheckResult* result = nullptr;
  };

  std::vector<Relevant> relevant(std::span<const model::CheckResult> results) const;
  void on_bad(base::Instant now, const model::Finding& seen, Transitions& out);
  void on_good(base::Instant now, const std::string& id, Transitions& out);
  void fire(base::Instant now, Entry& entry, const model::Rule& rule, Transitions& out);
  void update(base::Instant now, Entry& entry, const model::Rule& rule, const model::Finding& seen,
              Transitions& out);
  void resolve(base::Instant now, Entry& entry, std::string_view reason, Transitions& out);
  bool swallowed(const model::Finding& finding) const;
  void close_replaced(base::Instant now, const model::Finding& inconsistent, Transitions& out);
  void put(model::Alert alert);
  void hold(Entry& entry, std::optional<base::Instant> until);
  void touch(const std::string& id);
  void erase(const std::string& id);

  Entries entries_;
  // A cheap hash of each entry's rule and subject: most good results need no id to be told apart.
  std::unordered_multiset<std::size_t> hashes_;
  std::set<std::pair<base::Instant, std::string>> closing_;  // event or calm findings by time
  OpeningHistory openings_;
  std::set<std::string> dirty_;
  std::vector<std::string> owed_ends_;
  std::uint64_t revision_ = 0;
};

// Whether people should hear of the difference: another severity, certainty, condition, status,
// error or set of facts, or a window that moved by more than a tenth of the way to it. Measured
// values alone are no news.
[[nodiscard]] bool news(const NotifiedFacts& notified, const model::Finding& seen,
                        base::Instant now);

}  // namespace idpwatch::alerts
