#include "forecast/history/authority_history.hpp"

#include <algorithm>
#include <cstddef>
#include <unordered_set>
#include <utility>

namespace idpwatch::forecast {

namespace {

using validators::Served;

// The last one that holds at that instant; the first, if none does.
template <class Changes>
auto at_instant(Changes& changes, base::Instant at) {
  const auto later =
      std::upper_bound(changes.begin(), changes.end(), at,
                       [](base::Instant when, const ServedChange& one) { return when < one.at; });
  return later == changes.begin() ? later : std::prev(later);
}

const Served& not_found() {
  static const Served answer = [] {
    Served served;
    served.status = 404;
    return served;
  }();
  return answer;
}

}  // namespace

void AuthorityHistory::set_waits(std::vector<base::Duration> waits) {
  std::sort(waits.begin(), waits.end());
  waits_ = std::move(waits);
}

// Equal bodies are one.
bool AuthorityHistory::same(const Served& a, const Served& b) const {
  const auto outlasted = [&](base::Duration delay) {
    return std::upper_bound(waits_->begin(), waits_->end(), delay) - waits_->begin();
  };
  const bool one_delay = a.delay == b.delay || (waits_ && outlasted(a.delay) == outlasted(b.delay));
  const bool alike = a.circumstances == b.circumstances ||
                     (a.circumstances && b.circumstances && *a.circumstances == *b.circumstances);
  return one_delay && alike && a.meeting == b.meeting && a.fault == b.fault &&
         a.status == b.status && a.content_type == b.content_type && a.location == b.location &&
         a.body == b.body;
}

void AuthorityHistory::add(std::string_view url, ServedChange change) {
  auto found = urls_.find(url);
  if (found == urls_.end()) {
    found = urls_.emplace(std::string(url), std::vector<ServedChange>()).first;
  }
  looked_at_[found->first] = change.at;
  std::vector<ServedChange>& changes = found->second;
  change.served.body = readings_.unite(std::move(change.served.body));
  if (!changes.empty() && same(changes.back().served, change.served)) return;
  if (changes.empty()) change.uncertain_from = change.at;
  changes.push_back(std::move(change));
  ++revision_;
  keep_bounds();
}

const Served& AuthorityHistory::fetch(std::string_view url, base::Instant at) const {
  const auto found = urls_.find(url);
  if (found == urls_.end() || found->second.empty()) return not_found();
  return at_instant(found->second, at)->served;
}

bool AuthorityHistory::in_doubt() const {
  return std::any_of(urls_.begin(), urls_.end(), [](const auto& entry) {
    return std::any_of(entry.second.begin(), entry.second.end(), [](const ServedChange& change) {
      return change.served.circumstances != nullptr;
    });
  });
}

bool AuthorityHistory::knows(std::string_view url) const { return changes(url) != nullptr; }

const std::vector<ServedChange>* AuthorityHistory::changes(std::string_view url) const {
  const auto found = urls_.find(url);
  return found == urls_.end() || found->second.empty() ? nullptr : &found->second;
}

bool AuthorityHistory::says_something(const Served& served) const {
  if (served.fault != validators::Fault::kNone || served.status != 200 || !served.body) {
    return false;
  }
  const auto reading = readings_.of(served.body);
  return !reading->keys->empty() || !reading->document.jwks_uri.empty();
}

void AuthorityHistory::shift(base::Duration by) {
  for (auto& [url, changes] : urls_) {
    for (ServedChange& change : changes) {
      change.uncertain_from += by;
      change.at += by;
    }
  }
  ++revision_;
}

void AuthorityHistory::trim(base::Instant before) {
  bool forgot = false;
  for (auto& [url, changes] : urls_) {
    const auto there = at_instant(changes, before) - changes.begin();
    auto kept = there;
    while (kept > 0 && !says_something(changes[static_cast<std::size_t>(kept)].served)) --kept;
    if (!says_something(changes[static_cast<std::size_t>(kept)].served)) kept = there;
    forgot = forgot || kept > 0 || kept + 1 < there;
    if (kept < there) changes.erase(changes.begin() + kept + 1, changes.begin() + there);
    changes.erase(changes.begin(), changes.begin() + kept);
  }
  if (!forgot) return;
  ++revision_;
  forget_unused_bodies();
}

std::size_t AuthorityHistory::count() const {
  std::size_t count = 0;
  for (const auto& [url, changes] : urls_) count += changes.size();
  return count;
}

void AuthorityHistory::keep_bounds() {
  while (urls_.size() > limits_.urls) forget_a_url();
  while (count() > limits_.changes || readings_.bytes() > limits_.bytes) {
    std::vector<base::Instant> instants;
    for (const auto& [url, changes] : urls_) {
      for (const ServedChange& change : changes) instants.push_back(change.at);
    }
    const auto quarter = instants.begin() + static_cast<std::ptrdiff_t>(instants.size() / 4 + 1);
    if (quarter >= instants.end()) return;
    std::nth_element(instants.begin(), quarter, instants.end());
    trim(*quarter);
    if (count() == instants.size()) return;  // what is served now alone is more
  }
}

// The one that was asked for longest ago, and with it the time in which a document named it.
void AuthorityHistory::forget_a_url() {
  const auto by_time = [](const auto& a, const auto& b) { return a.second < b.second; };
  const auto oldest = std::min_element(looked_at_.begin(), looked_at_.end(), by_time);
  urls_.erase(oldest->first);
  looked_at_.erase(oldest);
  ++revision_;
  trim(std::min_element(looked_at_.begin(), looked_at_.end(), by_time)->second);
  forget_unused_bodies();
}

void AuthorityHistory::forget_unused_bodies() {
  std::unordered_set<const std::string*> used;
  for (const auto& [url, changes] : urls_) {
    for (const ServedChange& change : changes) used.insert(change.served.body.get());
  }
  readings_.forget_all_but(used);
}

}  // namespace idpwatch::forecast
