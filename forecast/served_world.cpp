#include "forecast/served_world.hpp"

#include "base/json.hpp"
#include "forecast/imagined.hpp"
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
    : history_(history), metadata_url_(std::move(metadata_url)), when_(when) {
  for (const auto& [url, changes] : history.all()) {
    if (changes.size() > 1) newest_ = std::max(newest_, changes.back().at);
  }
}

base::Instant ServedWorld::at_of(const ServedChange& change) const {
  const bool newest = change.at == newest_;
  const bool early = when_ == When::kEarly || (when_ == When::kNewestEarly && newest) ||
                     (when_ == When::kNewestLate && !newest);
  return early && change.uncertain_from < change.at ? change.uncertain_from + kInstantly
                                                    : change.at;
}

const Served& ServedWorld::pick(const std::vector<ServedChange>& changes, base::Instant at) const {
  if (when_ == When::kHealthy) {
    const auto newest = std::find_if(changes.rbegin(), changes.rend(),
                                     [](const ServedChange& one) { return good(one.served); });
    if (newest == changes.rend()) return changes.back().served;
    const auto [entry, added] = healthy_.try_emplace(&*newest, newest->served);
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
  if (!url.ends_with(kWellKnown)) return history_.fetch(url, at);  // 404
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
