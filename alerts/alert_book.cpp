#include "alerts/alert_book.hpp"

#include <algorithm>
#include <functional>
#include <tuple>

namespace idpwatch::alerts {

using base::Instant;
using model::AlertState;
using model::Health;

namespace {

constexpr std::string_view kReplaced = "keyset-replaced";
constexpr std::string_view kInconsistent = "keyset-inconsistent";
constexpr std::string_view kGoodAgain = "good again", kByTime = "closed by time";

const model::Rule& rule_of(const model::Finding& finding) {
  static constexpr model::Rule kUnlisted{"", model::Severity::kWarning, 1, 1, {}, ""};
  const model::Rule* rule = model::find_rule(finding.rule);
  return rule != nullptr ? *rule : kUnlisted;
}

bool is_event(const model::Rule& rule) { return rule.event_hold.count() > 0; }

int weight(Health health) {
  switch (health) {
    case Health::kPassing:
      return 0;
    case Health::kUnknown:
      return 1;  // nothing is proven: it outweighs a good one
    case Health::kFailing:
      return 2;
  }
  return 0;
}

std::size_t subject_hash(const model::Finding& finding) {
  const std::hash<std::string_view> hash;
  std::size_t out = hash(finding.rule);
  const model::Subject& subject = finding.subject;
  for (const std::string* field :
       {&subject.authority, &subject.deployment, &subject.host, &subject.receiver}) {
    out = out * 31 + hash(*field);
  }
  return out;
}

// For people; empty: it was seen to be good again, as "resolved" says by itself.
std::string closing_words(const model::Subject& subject, std::string_view reason) {
  if (reason == kGoodAgain) return {};
  if (reason == kByTime) return "by time";
  if (reason != kConfigRemoved) return std::string(reason);
  const std::string_view what = !subject.receiver.empty()     ? "receiver"
                                : !subject.deployment.empty() ? "deployment"
                                                              : "authority";
  return "its " + std::string(what) + " was removed from the configuration";
}

// Of two results about one finding: which one counts.
bool worse(const model::CheckResult& a, const model::CheckResult& b) {
  const auto key = [](const model::CheckResult& v) {
    const bool running = v.finding.condition != model::Condition::kRestarted;
    return std::tuple(weight(v.health), v.finding.severity, running);
  };
  return key(a) > key(b);
}

}  // namespace

std::vector<AlertBook::Relevant> AlertBook::relevant(
    std::span<const model::CheckResult> results) const {
  std::vector<Relevant> out;
  for (const model::CheckResult& result : results) {
    if (result.health == Health::kFailing) {
      out.push_back({result.finding.id, &result});
    } else if (const model::Alert* alert = find(result.finding)) {
      out.push_back({alert->finding.id, &result});
    }
  }
  // An inconsistency first: it swallows the replacement that the same observation shows.
  std::stable_sort(out.begin(), out.end(), [](const Relevant& a, const Relevant& b) {
    const auto key = [](const Relevant& r) {
      return std::tuple(r.result->finding.rule != kInconsistent, std::string_view(r.id));
    };
    if (key(a) != key(b)) return key(a) < key(b);
    return worse(*a.result, *b.result);
  });
  const auto last = std::unique(out.begin(), out.end(),
                                [](const Relevant& a, const Relevant& b) { return a.id == b.id; });
  out.erase(last, out.end());
  return out;
}

std::vector<Transition> AlertBook::apply(Instant now, std::span<const model::CheckResult> results) {
  Transitions out;
  for (const auto& [id, result] : relevant(results)) {
    if (result->health == Health::kFailing) on_bad(now, result->finding, out);
    if (result->health == Health::kPassing) on_good(now, id, out);
  }
  return out;
}

void AlertBook::on_bad(Instant now, const model::Finding& seen, Transitions& out) {
  const model::Rule& rule = rule_of(seen);
  if (swallowed(seen)) return;
  const auto [position, inserted] = entries_.try_emplace(seen.id);
  Entry& entry = position->second;
  model::Alert& alert = entry.alert;
  ++revision_;
  if (inserted) hashes_.insert(subject_hash(seen));
  if (inserted || alert.state == AlertState::kResolved) {
    alert.finding = seen;
    alert.finding.first_seen = now;
    alert.state = AlertState::kPending;
    alert.since = now;
    alert.bad_count = alert.good_count = 0;
  }
  if (alert.state == AlertState::kFiring) {
    update(now, entry, rule, seen, out);
    return;
  }
  const Instant first_seen = alert.finding.first_seen;
  alert.finding = seen;
  alert.finding.first_seen = first_seen;
  alert.finding.last_seen = now;
  ++alert.bad_count;
  touch(seen.id);
  if (alert.bad_count >= rule.open_after) fire(now, entry, rule, out);
}

void AlertBook::fire(Instant now, Entry& entry, const model::Rule& rule, Transitions& out) {
  model::Alert& alert = entry.alert;
  alert.state = AlertState::kFiring;
  alert.since = now;
  alert.firing_since = now;
  alert.updated_at.reset();
  alert.good_count = 0;
  if (!is_event(rule) && openings_.opens_too_often(alert.finding.id, now)) {
    mark_flapping(alert.finding);
    alert.updated_at = now;  // also for those who never heard that it was over
  }
  entry.notified = NotifiedFacts(alert.finding);
  if (is_event(rule)) hold(entry, now + rule.event_hold);
  out.push_back({Change::kFiring, alert.finding.id, {}});
  if (alert.finding.rule == kInconsistent) {
    close_replaced(now, alert.finding, out);
  }
}

void AlertBook::update(Instant now, Entry& entry, const model::Rule& rule,
                       const model::Finding& seen, Transitions& out) {
  model::Alert& alert = entry.alert;
  if (alert.good_count != 0 || alert.finding.ignored != seen.ignored) touch(seen.id);
  alert.good_count = 0;
  const bool flapping = is_flapping(alert.finding);
  const Instant first_seen = alert.finding.first_seen;
  alert.finding = seen;
  alert.finding.first_seen = first_seen;
  alert.finding.last_seen = now;
  if (flapping) {
    mark_flapping(alert.finding);
    hold(entry, std::nullopt);
  }
  // Each bad result of an event rule is another event.
  if (is_event(rule)) hold(entry, now + rule.event_hold);
  if (!is_event(rule) && !news(entry.notified, alert.finding, now)) return;
  entry.notified = NotifiedFacts(alert.finding);
  alert.updated_at = now;
  touch(seen.id);
  out.push_back({Change::kUpdated, seen.id, {}});
}

void AlertBook::on_good(Instant now, const std::string& id, Transitions& out) {
  const auto position = entries_.find(id);
  if (position == entries_.end()) return;
  Entry& entry = position->second;
  const model::Rule& rule = rule_of(entry.alert.finding);
  switch (entry.alert.state) {
    case AlertState::kPending:
      resolve(now, entry, kGoodAgain, out);
      return;
    case AlertState::kFiring:
      if (is_event(rule)) return;
      ++entry.alert.good_count;
      touch(id);
      if (entry.alert.good_count < rule.close_after) return;
      if (!is_flapping(entry.alert.finding)) {
        resolve(now, entry, kGoodAgain, out);
      } else if (!entry.alert.closes_at) {
        hold(entry, now + kCalmFor);
      }
      return;
    case AlertState::kResolved:
      return;
  }
}

// A pending alert was never told: it vanishes, unless an earlier life of it is still to be
// resolved.
void AlertBook::resolve(Instant now, Entry& entry, std::string_view reason, Transitions& out) {
  model::Alert& alert = entry.alert;
  const std::string id = alert.finding.id;
  touch(id);
  hold(entry, std::nullopt);
  const bool was_firing = alert.state == AlertState::kFiring;
  if (!was_firing && alert.notified.empty()) {
    erase(id);
    return;
  }
  alert.state = AlertState::kResolved;
  alert.since = now;
  alert.bad_count = alert.good_count = 0;
  // With the finding, so that a message of a later run says it too.
  if (std::string words = closing_words(alert.finding.subject, reason); !words.empty()) {
    alert.finding.evidence.push_back({std::string(kClosedFact), std::move(words), "idpwatch"});
  }
  if (was_firing) {
    out.push_back({Change::kResolved, id, std::string(reason)});
  } else {
    owed_ends_.push_back(id);
  }
}

std::vector<Transition> AlertBook::tick(Instant now) {
  Transitions out;
  while (!closing_.empty() && closing_.begin()->first <= now) {
    Entry& entry = entries_.at(closing_.begin()->second);
    resolve(now, entry, is_flapping(entry.alert.finding) ? kCalm : kByTime, out);
  }
  return out;
}

std::optional<Instant> AlertBook::due() const {
  if (closing_.empty()) return std::nullopt;
  return closing_.begin()->first;
}

std::vector<Transition> AlertBook::retire(Instant now, const Predicate& gone,
                                          std::string_view reason) {
  Transitions out;
  std::vector<std::string> ids;
  for (const model::Alert* alert : all()) {
    if (alert->state != AlertState::kResolved && gone(alert->finding)) {
      ids.push_back(alert->finding.id);
    }
  }
  for (const std::string& id : ids) resolve(now, entries_.at(id), reason, out);
  return out;
}

void AlertBook::restore(std::vector<model::Alert> alerts) {
  ++revision_;
  for (model::Alert& alert : alerts) {
    const auto known = entries_.find(alert.finding.id);
    if (known != entries_.end()) {
      if (!known->second.alert.notified.empty() || alert.notified.empty()) continue;
      hold(known->second, std::nullopt);
      erase(alert.finding.id);
    }
    dirty_.erase(alert.finding.id);
    put(std::move(alert));
  }
}

void AlertBook::put(model::Alert alert) {
  const std::string id = alert.finding.id;
  if (alert.closes_at) closing_.emplace(*alert.closes_at, id);
  hashes_.insert(subject_hash(alert.finding));
  NotifiedFacts notified(alert.finding);
  entries_.insert_or_assign(id, Entry{std::move(alert), std::move(notified)});
}

void AlertBook::clock_set(Instant now, base::Duration step) {
  openings_.clock_set(step);
  for (auto& [id, entry] : entries_) {
    model::Alert& alert = entry.alert;
    alert.since += step;
    if (alert.firing_since) *alert.firing_since += step;
    if (alert.updated_at) *alert.updated_at += step;
    for (model::Notified& notified : alert.notified) notified.at += step;
    if (alert.closes_at) hold(entry, *alert.closes_at + step);
    alert.finding.first_seen = std::min(alert.finding.first_seen, now);
    alert.finding.last_seen = std::min(alert.finding.last_seen, now);
    touch(id);
  }
}

const model::Alert* AlertBook::find(const std::string& id) const {
  const auto position = entries_.find(id);
  return position == entries_.end() ? nullptr : &position->second.alert;
}

std::vector<const model::Alert*> AlertBook::all() const {
  std::vector<const model::Alert*> out;
  out.reserve(entries_.size());
  for (const auto& [id, entry] : entries_) out.push_back(&entry.alert);
  std::sort(out.begin(), out.end(),
            [](const auto* a, const auto* b) { return a->finding.id < b->finding.id; });
  return out;
}

const model::Alert* AlertBook::find(const model::Finding& finding) const {
  if (entries_.empty()) return nullptr;
  if (!finding.id.empty()) return find(finding.id);
  if (!hashes_.contains(subject_hash(finding))) return nullptr;
  return find(model::finding_id(finding.rule, finding.subject));
}

void AlertBook::set_notified(const std::string& id, model::Notified entry) {
  const auto position = entries_.find(id);
  if (position == entries_.end()) return;
  auto& notified = position->second.alert.notified;
  std::erase_if(notified, [&entry](const auto& old) { return old.receiver == entry.receiver; });
  notified.push_back(std::move(entry));
  touch(id);
}

void AlertBook::clear_notified(const std::string& id, std::string_view receiver) {
  const auto position = entries_.find(id);
  if (position == entries_.end()) return;
  if (std::erase_if(position->second.alert.notified,
                    [receiver](const auto& old) { return old.receiver == receiver; }) > 0) {
    touch(id);
  }
}

void AlertBook::set_ignored(const std::string& id, bool ignored) {
  const auto position = entries_.find(id);
  if (position == entries_.end() || position->second.alert.finding.ignored == ignored) return;
  position->second.alert.finding.ignored = ignored;
  touch(id);
}

void AlertBook::forget(const std::string& id) {
  const auto position = entries_.find(id);
  if (position == entries_.end()) return;
  hold(position->second, std::nullopt);
  erase(id);
  touch(id);
}

void AlertBook::erase(const std::string& id) {
  const auto position = entries_.find(id);
  const auto hash = hashes_.find(subject_hash(position->second.alert.finding));
  if (hash != hashes_.end()) hashes_.erase(hash);
  entries_.erase(position);
}

BookChanges AlertBook::take_changes() {
  BookChanges out;
  for (const std::string& id : dirty_) {
    const model::Alert* alert = find(id);
    if (alert != nullptr) {
      out.changed.push_back(*alert);
    } else {
      out.removed.push_back(id);
    }
  }
  dirty_.clear();
  return out;
}

// While a provider's nodes disagree, each swing would look like a replacement (docs/timeline.md).
bool AlertBook::swallowed(const model::Finding& finding) const {
  if (finding.rule != kReplaced) return false;
  const model::Alert* inconsistent = find(model::finding_id(kInconsistent, finding.subject));
  return inconsistent != nullptr && inconsistent->state == AlertState::kFiring;
}

void AlertBook::close_replaced(Instant now, const model::Finding& inconsistent, Transitions& out) {
  const auto position = entries_.find(model::finding_id(kReplaced, inconsistent.subject));
  if (position == entries_.end() || position->second.alert.state != AlertState::kFiring) return;
  resolve(now, position->second, "became keyset-inconsistent", out);
}

void AlertBook::hold(Entry& entry, std::optional<Instant> until) {
  model::Alert& alert = entry.alert;
  if (alert.closes_at) closing_.erase({*alert.closes_at, alert.finding.id});
  alert.closes_at = until;
  if (until) closing_.emplace(*until, alert.finding.id);
}

void AlertBook::touch(const std::string& id) {
  dirty_.insert(id);
  ++revision_;
}

}  // namespace idpwatch::alerts
