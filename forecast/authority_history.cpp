#include "forecast/authority_history.hpp"

#include <algorithm>
#include <utility>

namespace idpwatch::forecast {

namespace {

using validators::Served;

bool same_body(const validators::Body& a, const validators::Body& b) {
  return a == b || (a && b && *a == *b);
}

bool same(const Served& a, const Served& b) {
  return a.fault == b.fault && a.status == b.status && a.content_type == b.content_type &&
         a.location == b.location && a.delay == b.delay && same_body(a.body, b.body);
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

void AuthorityHistory::add(std::string_view url, ServedChange change) {
  auto found = urls_.find(url);
  if (found == urls_.end()) {
    found = urls_.emplace(std::string(url), std::vector<ServedChange>()).first;
  }
  std::vector<ServedChange>& changes = found->second;
  if (!changes.empty() && same(changes.back().served, change.served)) return;
  // One body, one pointer: what came back after an interlude is parsed once.
  for (const ServedChange& former : changes) {
    if (same_body(former.served.body, change.served.body)) change.served.body = former.served.body;
  }
  if (changes.empty()) change.uncertain_from = change.at;
  changes.push_back(std::move(change));
  ++revision_;
}

const Served& AuthorityHistory::fetch(std::string_view url, base::Instant at) const {
  const auto found = urls_.find(url);
  if (found == urls_.end() || found->second.empty()) return not_found();
  const std::vector<ServedChange>& changes = found->second;
  const auto later =
      std::upper_bound(changes.begin(), changes.end(), at,
                       [](base::Instant when, const ServedChange& one) { return when < one.at; });
  return later == changes.begin() ? later->served : std::prev(later)->served;
}

bool AuthorityHistory::knows(std::string_view url) const { return changes(url) != nullptr; }

const std::vector<ServedChange>* AuthorityHistory::changes(std::string_view url) const {
  const auto found = urls_.find(url);
  return found == urls_.end() || found->second.empty() ? nullptr : &found->second;
}

void AuthorityHistory::trim(base::Instant before) {
  for (auto& [url, changes] : urls_) {
    const auto later =
        std::upper_bound(changes.begin(), changes.end(), before,
                         [](base::Instant when, const ServedChange& one) { return when < one.at; });
    if (later - changes.begin() > 1) {
      changes.erase(changes.begin(), std::prev(later));
      ++revision_;
    }
  }
}

}  // namespace idpwatch::forecast
