#include "forecast/history/key_set_history.hpp"

#include "base/url.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

namespace idpwatch::forecast {

namespace {

using validators::Served;

bool good(const Served& served) {
  return served.fault == validators::Fault::kNone && served.status == 200 && served.body;
}

const Served& followed(const ObservedWorld& world, std::string url, base::Instant at) {
  return world.fetch(answering_url(world, std::move(url), at), at);
}

// Key sets are sets: neither the order nor an entry that stands twice makes another one.
bool holds_all(const SharedKeys& those, const SharedKeys& of) {
  return std::all_of(of.begin(), of.end(), [&](const model::Jwk& key) {
    return std::any_of(those.begin(), those.end(), [&](const model::Jwk& one) {
      return one.thumbprint == key.thumbprint && one.kid == key.kid;
    });
  });
}

bool same(const KeySetVersion& a, const KeySetVersion& b) {
  if (a.issuer != b.issuer) return false;
  return a.keys.same_as(b.keys) || (holds_all(a.keys, b.keys) && holds_all(b.keys, a.keys));
}

}  // namespace

std::string answering_url(const ObservedWorld& world, std::string url, base::Instant at) {
  constexpr int kHopsMax = 50;
  for (int hop = 0;; ++hop) {
    const Served& served = world.fetch(url, at);
    const bool redirects = served.fault == validators::Fault::kNone && served.status / 100 == 3 &&
                           !served.location.empty();
    if (!redirects || hop == kHopsMax) return url;
    const auto from = base::parse_url(url);
    const auto to = from ? base::resolve_url(*from, served.location) : from;
    if (!to || (from->https() && !to->https())) return url;
    url = to->text();
  }
}

bool KeySetVersion::has(const std::string& thumbprint) const {
  return std::any_of(keys.begin(), keys.end(),
                     [&](const model::Jwk& key) { return key.thumbprint == thumbprint; });
}

KeySetHistory key_set_history(const ObservedWorld& world,
                              const std::vector<base::Instant>& changes) {
  const validators::Addresses& addresses = world.addresses();
  KeySetHistory line;
  // A document that cannot be fetched, or keys that cannot, take nothing back: the other of the two
  // may go on changing meanwhile.
  DocumentFacts facts;
  std::optional<SharedKeys> keys;
  for (const base::Instant at : changes) {
    if (!addresses.metadata.empty()) {
      const Served& document = followed(world, addresses.metadata, at);
      if (good(document)) {
        const auto read = world.read(document.body);
        if (!read->document.jwks_uri.empty()) facts = read->document;
      }
    }
    const std::string& keys_url = addresses.keys.empty() ? facts.jwks_uri : addresses.keys;
    if (keys_url.empty()) continue;
    const Served& set = followed(world, keys_url, at);
    if (good(set)) keys = SharedKeys(world.read(set.body)->keys);
    if (!keys) continue;
    KeySetVersion state{at,           facts.issuer,          *keys, facts.access_issuer,
                        facts.family, facts.omits_not_before};
    if (line.empty() || !same(line.back(), state)) line.push_back(std::move(state));
  }
  return line;
}

void forget_before(KeySetHistory& line, base::Instant first) {
  const auto second = std::find_if(line.begin(), line.end(),
                                   [&](const KeySetVersion& one) { return one.at >= first; });
  if (second - line.begin() > 1) line.erase(line.begin(), std::prev(second));
  if (!line.empty() && line.front().at < first) line.front().at = base::Instant::min();
}

const KeySetVersion* published_at(const KeySetHistory& line, base::Instant at) {
  if (line.empty()) return nullptr;
  const auto later =
      std::upper_bound(line.begin(), line.end(), at,
                       [](base::Instant when, const KeySetVersion& one) { return when < one.at; });
  return later == line.begin() ? &line.front() : &*std::prev(later);
}

}  // namespace idpwatch::forecast
