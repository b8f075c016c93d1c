#include "forecast/windows/window_aggregator.hpp"

#include <algorithm>
#include <iterator>

namespace idpwatch::forecast {

namespace {

using base::Duration;
using base::Instant;

constexpr double kAllButRare = 0.75;

struct Seen {
  Instant first;
  std::optional<Instant> until;  // null: never ends
  Duration longest{0};
  const Stretch* begin = nullptr;
  std::set<std::string> keys;
  bool counts = false;  // more than the last moment in the life of tokens
  bool sure = false;    // and so whatever the phase of its forced refreshes was
};

// What of one rule is still to come, or goes on.
std::map<std::string, Seen> still_ahead(const std::vector<Stretch>& stretches, Instant now) {
  std::map<std::string, Seen> seen;
  for (const Stretch& stretch : stretches) {
    if (stretch.to && *stretch.to + stretch.drift <= now) continue;
    const auto [entry, added] = seen.try_emplace(stretch.rule);
    Seen& one = entry->second;
    one.keys.insert(stretch.key);
    if (added || stretch.from < one.first) {
      one.first = stretch.from;
      one.begin = &stretch;
    }
    if (!stretch.to) {
      one.counts = one.sure = true;
      one.until.reset();
      one.longest = Duration::max();
      continue;
    }
    const Instant until = *stretch.to + stretch.drift;
    if (added || (one.until && until > *one.until)) one.until = until;
    if (!stretch.tokens_ended || *stretch.to - stretch.from > kNextRequest) {
      one.counts = true;
      if (*stretch.to - stretch.drift > now) one.sure = true;
    }
    one.longest = std::max(one.longest, *stretch.to - stretch.from);
  }
  return seen;
}

// Rules of which every refusal has ended by the next request, though its tokens still live.
std::set<std::string> ended(const std::vector<Stretch>& stretches, Instant now) {
  std::set<std::string> over;
  for (const Stretch& stretch : stretches) {
    if (stretch.to && !stretch.tokens_ended && *stretch.to + stretch.drift <= now + kNextRequest) {
      over.insert(stretch.rule);
    }
  }
  for (const Stretch& stretch : stretches) {
    if (!stretch.to || *stretch.to + stretch.drift > now + kNextRequest) over.erase(stretch.rule);
  }
  return over;
}

}  // namespace

Instant whole_second(Instant at) { return std::chrono::floor<base::seconds>(at); }

void WindowAggregator::add(std::size_t group, Weight weight, std::size_t scenario,
                           const std::vector<Stretch>& stretches) {
  ++scenarios_;
  if (!weight.rare) {
    totals_[group] += weight.share;
    for (const std::string& name : ended(stretches, now_)) over_[name][group] += weight.share;
  }
  for (const Stretch& stretch : stretches) {
    add_spell(spells_[{stretch.rule, stretch.key}], stretch.from,
              stretch.to ? *stretch.to + stretch.drift : Instant::max());
  }
  for (const auto& [name, seen] : still_ahead(stretches, now_)) {
    const auto [entry, added] = rules_.try_emplace(name);
    Rule& rule = entry->second;
    rule.keys.insert(seen.keys.begin(), seen.keys.end());
    if (added || seen.first < rule.earliest) {
      rule.earliest = seen.first;
      rule.scenario = scenario;
      rule.stretch = *seen.begin;
    }
    rule.latest = added ? seen.first : std::max(rule.latest, seen.first);
    if (seen.counts && !weight.rare) {
      rule.shares[group] += weight.share;
      rule.likely_by = std::max(rule.likely_by, seen.first);
    }
    if (seen.longest == Duration::max()) rule.endless = true;
    if (seen.until && (!rule.until || *seen.until > *rule.until)) rule.until = seen.until;
    if (seen.longest != Duration::max()) rule.longest = std::max(rule.longest, seen.longest);
    if (seen.sure) ++rule.surely;
  }
}

bool WindowAggregator::mostly_over(const std::string& rule) const {
  const auto over = over_.find(rule);
  if (over == over_.end() || totals_.empty()) return false;
  return std::all_of(totals_.begin(), totals_.end(), [&](const auto& total) {
    const auto share = over->second.find(total.first);
    return share != over->second.end() && share->second >= kAllButRare * total.second;
  });
}

void WindowAggregator::add_spell(Spells& spells, Instant from, Instant to) {
  auto next = spells.upper_bound(from);
  if (next != spells.begin() && std::prev(next)->second >= from) --next;
  while (next != spells.end() && next->first <= to) {
    from = std::min(from, next->first);
    to = std::max(to, next->second);
    next = spells.erase(next);
  }
  spells.emplace(from, to);
}

// What goes on begins when it began: that one process is over it, and another one that is refused
// from now on, moves nothing.
Instant WindowAggregator::earliest(const std::string& name, const Rule& rule) const {
  Instant begins = rule.earliest;
  if (begins > now_) return begins;
  for (const std::string& key : rule.keys) {
    const Spells& spells = spells_.at({name, key});
    const auto later = spells.upper_bound(now_);
    if (later == spells.begin()) continue;
    const auto& [from, to] = *std::prev(later);
    if (to > now_) begins = std::min(begins, from);
  }
  return begins;
}

model::Certainty WindowAggregator::certainty(const Rule& rule) const {
  if (rule.surely == scenarios_) return model::Certainty::kCertain;
  for (const auto& [group, total] : totals_) {
    const auto share = rule.shares.find(group);
    if (share == rule.shares.end() || share->second < kAllButRare * total) {
      return model::Certainty::kPossible;
    }
  }
  return totals_.empty() ? model::Certainty::kPossible : model::Certainty::kLikely;
}

double WindowAggregator::chance(const Rule& rule) const {
  double most = 0;
  for (const auto& [group, total] : totals_) {
    const auto share = rule.shares.find(group);
    if (total <= 0) return 1;
    if (share != rule.shares.end()) most = std::max(most, share->second / total);
  }
  return totals_.empty() ? 1 : most;
}

std::vector<WindowAggregator::Found> WindowAggregator::found(model::Condition condition) const {
  std::vector<Found> all;
  for (const auto& [name, rule] : rules_) {
    Problem problem;
    problem.rule = name;
    problem.condition = condition;
    problem.certainty = certainty(rule);
    problem.chance = chance(rule);
    problem.mostly_over = problem.certainty == model::Certainty::kPossible && mostly_over(name);
    problem.window.earliest = whole_second(earliest(name, rule));
    if (problem.certainty == model::Certainty::kCertain) problem.window.latest = rule.latest;
    if (problem.certainty != model::Certainty::kPossible) {
      problem.likely_by =
          problem.certainty == model::Certainty::kCertain ? rule.latest : rule.likely_by;
    }
    if (!rule.endless) {
      if (rule.until) problem.window.until = whole_second(*rule.until + kNextRequest);
      problem.window.longest_s = std::chrono::ceil<base::seconds>(rule.longest).count();
    }
    problem.status = rule.stretch.status;
    problem.error = rule.stretch.error;
    problem.detail = rule.stretch.detail;
    problem.key = rule.stretch.key;
    problem.kid = rule.stretch.kid;
    all.push_back({std::move(problem), rule.scenario, rule.stretch});
  }
  return all;
}

}  // namespace idpwatch::forecast
