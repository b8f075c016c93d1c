#include "forecast/history/observed_world.hpp"

#include "model/authority_family.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace idpwatch::forecast {

namespace {

using validators::Served;

constexpr std::string_view kWellKnown = "/.well-known/openid-configuration";
constexpr base::Duration kInstantly = base::milliseconds(1);

bool good(const Served& served) {
  return served.fault == validators::Fault::kNone && served.status == 200 && served.body;
}

// The issuer in the document of the other edition (v1 beside v2); empty: none is known.
std::string other_edition_issuer(const DocumentFacts& facts) {
  // Of B2C, whose v1 document lacks the slash.
  if (facts.issuer.ends_with("/v2.0/")) return facts.issuer.substr(0, facts.issuer.size() - 1);
  return model::other_entra_issuer(facts.issuer, facts.jwks_uri);
}

}  // namespace

ObservedWorld::ObservedWorld(const AuthorityHistory& history, validators::Addresses addresses,
                             When when)
    : history_(history), addresses_(std::move(addresses)), when_(when) {}

std::vector<base::Instant> ObservedWorld::changes() const {
  std::vector<base::Instant> instants;
  for (const auto& [url, all] : history_.all()) {
    for (std::size_t i = 1; i < all.size(); ++i) instants.push_back(at_of(all[i]));
  }
  std::sort(instants.begin(), instants.end());
  instants.erase(std::unique(instants.begin(), instants.end()), instants.end());
  return instants;
}

base::Instant ObservedWorld::at_of(const ServedChange& change) const {
  return when_ == When::kEarly && change.uncertain_from < change.at
             ? change.uncertain_from + kInstantly
             : change.at;
}

// The newest one that says something: of a key set, that has keys; of a document, that names them.
// When none does, the newest that came at all; null when none came.
const ServedChange* ObservedWorld::newest_good(const std::vector<ServedChange>& changes) const {
  const ServedChange* came = nullptr;
  for (auto one = changes.rbegin(); one != changes.rend(); ++one) {
    if (!good(one->served)) continue;
    if (changes.size() == 1) return &*one;
    const auto reading = read(one->served.body);
    if (!reading->document.jwks_uri.empty() || !reading->keys->empty()) return &*one;
    if (came == nullptr) came = &*one;
  }
  return came;
}

const Served& ObservedWorld::pick(const std::vector<ServedChange>& changes,
                                  base::Instant at) const {
  if (when_ == When::kHealthy) {
    const auto [choice, first] = chosen_.try_emplace(&changes, nullptr);
    if (first) choice->second = newest_good(changes);
    const ServedChange* newest = choice->second;
    if (newest == nullptr) return changes.back().served;
    const auto [entry, added] = healthy_.try_emplace(newest, newest->served);
    if (added) entry->second.delay = base::Duration(0);
    return entry->second;
  }
  const base::Instant from = std::max(at, begin_);
  const auto later = std::partition_point(changes.begin(), changes.end(),
                                          [&](const auto& one) { return at_of(one) <= from; });
  return later == changes.begin() ? later->served : std::prev(later)->served;
}

// nullopt: there is none.
std::optional<Served> ObservedWorld::other_edition(const Served& served) const {
  const DocumentFacts& facts = read(served.body)->document;
  const std::string other = other_edition_issuer(facts);
  if (other.empty()) return std::nullopt;
  Served made = served;
  made.body = std::make_shared<const std::string>(
      nlohmann::json{{"issuer", other}, {"jwks_uri", facts.jwks_uri}}.dump());
  return made;
}

const Served& ObservedWorld::fetch(std::string_view url, base::Instant at) const {
  if (const auto* changes = history_.changes(url)) return pick(*changes, at);
  if (!url.ends_with(kWellKnown)) {
    ++invented_;
    return history_.fetch(url, at);  // 404
  }
  const auto* watched = history_.changes(addresses_.metadata);
  if (watched == nullptr) return history_.fetch(url, at);
  const Served& served = pick(*watched, at);
  if (url.find("/v2.0/") != std::string_view::npos) return served;
  const auto [entry, added] = other_editions_.try_emplace(served.body.get());
  if (added) entry->second = other_edition(served);
  return entry->second ? *entry->second : served;
}

}  // namespace idpwatch::forecast
