#include "forecast/publication.hpp"

#include "base/json.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace idpwatch::forecast {

namespace {

using validators::Served;

constexpr std::size_t kDocumentMax = 64UL * 1024 * 1024;

bool good(const Served& served) {
  return served.fault == validators::Fault::kNone && served.status == 200 && served.body;
}

std::vector<model::Jwk> read_keys(const std::string& body) {
  std::vector<model::Jwk> keys;
  const auto parsed = base::parse_json(body, {kDocumentMax, 64});
  if (!parsed) return keys;
  auto set = model::parse_key_set(*parsed->value);
  if (!set) return keys;
  for (model::Jwk& key : set->keys) {
    if (can_sign(key)) keys.push_back(std::move(key));
  }
  return keys;
}

bool same(const Published& a, const Published& b) {
  return a.issuer == b.issuer &&
         std::equal(a.keys.begin(), a.keys.end(), b.keys.begin(), b.keys.end(),
                    [](const model::Jwk& x, const model::Jwk& y) {
                      return x.thumbprint == y.thumbprint && x.kid == y.kid;
                    });
}

}  // namespace

bool Published::has(const std::string& thumbprint) const {
  return std::any_of(keys.begin(), keys.end(),
                     [&](const model::Jwk& key) { return key.thumbprint == thumbprint; });
}

bool can_sign(const model::Jwk& key) {
  return key.signing() && key.decodable() && key.type != model::KeyType::kOct;
}

Publication publication(const validators::World& world, const std::string& metadata_url,
                        const std::vector<base::Instant>& changes) {
  Publication line;
  // A document that cannot be fetched, or keys that cannot, take nothing back: the other of the two
  // may go on changing meanwhile.
  DocumentFacts facts;
  std::optional<std::vector<model::Jwk>> keys;
  for (const base::Instant at : changes) {
    const Served& document = world.fetch(metadata_url, at);
    if (good(document)) {
      DocumentFacts read = read_document(document.body);
      if (!read.jwks_uri.empty()) facts = std::move(read);
    }
    if (facts.jwks_uri.empty()) continue;
    const Served& set = world.fetch(facts.jwks_uri, at);
    if (good(set)) keys = read_keys(*set.body);
    if (!keys) continue;
    Published state{at, facts.issuer, *keys};
    if (line.empty() || !same(line.back(), state)) line.push_back(std::move(state));
  }
  return line;
}

void forget_before(Publication& line, base::Instant first) {
  while (line.size() > 1 && line[1].at < first) line.erase(line.begin());
  if (!line.empty() && line.front().at < first) line.front().at = base::Instant::min();
}

const Published* published_at(const Publication& line, base::Instant at) {
  if (line.empty()) return nullptr;
  const Published* found = &line.front();
  for (const Published& one : line) {
    if (one.at <= at) found = &one;
  }
  return found;
}

}  // namespace idpwatch::forecast
