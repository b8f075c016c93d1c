#include "forecast/served_world.hpp"

#include "base/json.hpp"
#include "forecast/imagined.hpp"
#include "forecast/publication.hpp"
#include "model/discovery.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace idpwatch::forecast {

namespace {

using validators::Served;

constexpr std::string_view kWellKnown = "/.well-known/openid-configuration";
constexpr base::Duration kInstantly = base::milliseconds(1);
constexpr std::size_t kDocumentMax = 16UL * 1024 * 1024;

bool good(const Served& served) {
  return served.fault == validators::Fault::kNone && served.status == 200 && served.body;
}

bool has_signing_key(const validators::Body& body) {
  const auto parsed = base::parse_json(*body, {kDocumentMax, 64});
  if (!parsed) return false;
  const auto set = model::parse_key_set(*parsed->value);
  return set && std::any_of(set->keys.begin(), set->keys.end(), can_sign);
}

}  // namespace

DocumentFacts read_document(const validators::Body& body) {
  DocumentFacts facts;
  if (!body) return facts;
  const auto parsed = base::parse_json(*body, {kDocumentMax, 64});
  if (!parsed) return facts;
  const auto document = model::parse_discovery(*parsed->value);
  if (!document) return facts;
  facts.issuer = document->issuer.value_or("");
  facts.jwks_uri = document->jwks_uri.value_or("");
  return facts;
}

ServedWorld::ServedWorld(const AuthorityHistory& history, std::string metadata_url, When when)
    : history_(history), metadata_url_(std::move(metadata_url)), when_(when) {}

std::vector<base::Instant> ServedWorld::changes() const {
  std::vector<base::Instant> instants;
  for (const auto& [url, all] : history_.all()) {
    for (std::size_t i = 1; i < all.size(); ++i) instants.push_back(at_of(all[i]));
  }
  std::sort(instants.begin(), instants.end());
  instants.erase(std::unique(instants.begin(), instants.end()), instants.end());
  return instants;
}

base::Instant ServedWorld::at_of(const ServedChange& change) const {
  return when_ == When::kEarly && change.uncertain_from < change.at
             ? change.uncertain_from + kInstantly
             : change.at;
}

// The newest one that says something: of a key set, that has keys; of a document, that names them.
// When none does, the newest that came at all; null when none came.
const ServedChange* ServedWorld::newest_good(const std::vector<ServedChange>& changes) const {
  const ServedChange* came = nullptr;
  for (auto one = changes.rbegin(); one != changes.rend(); ++one) {
    if (!good(one->served)) continue;
    if (changes.size() == 1 || !read_document(one->served.body).jwks_uri.empty() ||
        has_signing_key(one->served.body)) {
      return &*one;
    }
    if (came == nullptr) came = &*one;
  }
  return came;
}

const Served& ServedWorld::pick(const std::vector<ServedChange>& changes, base::Instant at) const {
  if (when_ == When::kHealthy) {
    const auto [choice, first] = chosen_.try_emplace(&changes, nullptr);
    if (first) choice->second = newest_good(changes);
    const ServedChange* newest = choice->second;
    if (newest == nullptr) return changes.back().served;
    const auto [entry, added] = healthy_.try_emplace(newest, newest->served);
    if (added) entry->second.delay = base::Duration(0);
    return entry->second;
  }
  const ServedChange* found = &changes.front();
  for (const ServedChange& change : changes) {
    if (at_of(change) <= at) found = &change;
  }
  return found->served;
}

const Served& ServedWorld::fetch(std::string_view url, base::Instant at) const {
  if (const auto* changes = history_.changes(url)) return pick(*changes, at);
  if (!url.ends_with(kWellKnown)) {
    ++invented_;
    return history_.fetch(url, at);  // 404
  }
  const auto* watched = history_.changes(metadata_url_);
  if (watched == nullptr) return history_.fetch(url, at);
  const Served& served = pick(*watched, at);
  const DocumentFacts facts = read_document(served.body);
  const std::string other = other_entra_issuer(facts.issuer);
  if (other.empty() || url.find("/v2.0/") != std::string_view::npos) return served;
  if (!other_edition_.body) {
    other_edition_ = served;
    other_edition_.body = std::make_shared<const std::string>(
        nlohmann::json{{"issuer", other}, {"jwks_uri", facts.jwks_uri}}.dump());
  }
  return other_edition_;
}

}  // namespace idpwatch::forecast
