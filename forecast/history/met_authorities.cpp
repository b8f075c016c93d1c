#include "forecast/history/met_authorities.hpp"

#include "base/url.hpp"
#include "forecast/windows/slightness.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace idpwatch::forecast {

namespace {

// The addresses that a validator asks, redirects followed by the newest looks.
std::vector<std::string> asked_addresses(const AuthorityHistory& history,
                                         const validators::Addresses& addresses) {
  constexpr std::size_t kHopsMax = 60;
  std::vector<std::string> asked;
  for (std::string url : {addresses.metadata, jwks_uri_of(history, addresses)}) {
    while (!url.empty() && asked.size() < kHopsMax) {
      const auto* changes = history.changes(url);
      const auto from = base::parse_url(url);
      asked.push_back(std::move(url));
      url.clear();
      if (changes == nullptr || changes->back().served.location.empty() || !from) break;
      const auto to = base::resolve_url(*from, changes->back().served.location);
      if (to) url = to->text();
    }
  }
  return asked;
}

// Of one policy: what its client met of an authority.
std::string client_key(const validators::Validator& validator) {
  const validators::FetchLimits& limits = validator.cache().fetch;
  return validator.transport().client + "\n" + std::to_string(limits.timeout.count()) + " " +
         std::to_string(limits.redirects);
}

void add_once(std::vector<std::string>& notes, const std::string& note) {
  if (std::find(notes.begin(), notes.end(), note) == notes.end()) notes.push_back(note);
}

}  // namespace

Way MetAuthority::way(const AuthorityHistory& seen, const validators::Addresses& addresses) const {
  Way way;
  for (const std::string& url : asked_addresses(seen, addresses)) {
    const auto why = met.unknown.find(url);
    if (why != met.unknown.end() && way.unknown.empty()) way.unknown = why->second;
    way.by_itself = way.by_itself || met.by_itself.contains(url);
    const auto note = met.notes.find(url);
    if (note != met.notes.end()) add_once(way.notes, note->second);
  }
  way.by_itself = way.by_itself && way.unknown.empty();
  return way;
}

const MetAuthority* MetAuthorities::of(const DeploymentView& view) {
  if (view.authority == nullptr || view.authority->history == nullptr) return nullptr;
  const AuthorityHistory& history = *view.authority->history;
  const ServiceRoute* route = view.route.get();
  if (!history.in_doubt() && (route == nullptr || !route->matters())) return nullptr;
  const std::string client =
      client_key(*view.validator) + (route == nullptr ? std::string() : "\n" + route->key());
  const auto [entry, added] = met_.try_emplace({&history, history.revision(), client});
  MetAuthority& one = entry->second;
  if (added) {
    one.met =
        met_history(history, view.validator->transport(), view.validator->cache().fetch, route);
  }
  one.facts = *view.authority;
  one.facts.history = &one.met.history;
  return &one;
}

}  // namespace idpwatch::forecast
