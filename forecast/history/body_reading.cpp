#include "forecast/history/body_reading.hpp"

#include "model/discovery.hpp"
#include "model/served_json.hpp"
#include "model/token_habits.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <functional>
#include <iterator>
#include <string_view>
#include <utility>

namespace idpwatch::forecast {

namespace {

constexpr std::size_t kBodyMax = 16UL * 1024 * 1024;
constexpr std::size_t kDepthMax = 64;

void read_document(BodyReading& reading, const base::Json& body) {
  const auto names = [&](const char* member) { return body.is_object() && body.contains(member); };
  if (!names("issuer") && !names("jwks_uri")) return;
  const auto document = model::parse_discovery(body);
  if (!document) return;
  DocumentFacts& facts = reading.document;
  facts.issuer = document->issuer.value_or("");
  facts.jwks_uri = document->jwks_uri.value_or("");
  facts.access_issuer = model::access_token_issuer(*document).value_or("");
  facts.family = model::family_of(*document);
  facts.omits_not_before = model::usually_omits_not_before(*document);
}

void read_keys(BodyReading& reading, model::KeySet set) {
  reading.key_set = true;
  // Nobody asks the forecast for what else is said of a key.
  for (model::Jwk& key : set.keys) {
    key.members = key.metadata = std::string();
    key.x5c = std::vector<std::string>();
  }
  auto all = std::make_shared<const std::vector<model::Jwk>>(std::move(set.keys));
  std::vector<model::Jwk> signing;
  std::copy_if(all->begin(), all->end(), std::back_inserter(signing), can_sign);
  reading.keys = signing.size() == all->size()
                     ? all
                     : std::make_shared<const std::vector<model::Jwk>>(std::move(signing));
  reading.all_keys = std::move(all);
}

}  // namespace

bool can_sign(const model::Jwk& key) {
  return key.signing() && key.decodable() && key.type != model::KeyType::kOct;
}

BodyReading read_body(const validators::Body& body) {
  static const Keys no_keys = std::make_shared<const std::vector<model::Jwk>>();
  BodyReading reading;
  reading.all_keys = reading.keys = no_keys;
  if (!body) return reading;
  const auto parsed = model::parse_served_json(*body, {kBodyMax, kDepthMax});
  if (!parsed) return reading;
  read_document(reading, *parsed->value);
  if (auto set = model::parse_key_set(*parsed->value)) read_keys(reading, std::move(*set));
  return reading;
}

validators::Body BodyReadings::unite(validators::Body body) {
  if (!body || held_.contains(body.get())) return body;
  const std::size_t hash = std::hash<std::string_view>{}(*body);
  const auto [first, last] = by_hash_.equal_range(hash);
  for (auto one = first; one != last; ++one) {
    if (*one->second == *body) return held_.at(one->second).body;
  }
  by_hash_.emplace(hash, body.get());
  bytes_ += body->size();
  held_.emplace(body.get(), Held{body, nullptr});
  return body;
}

std::shared_ptr<const BodyReading> BodyReadings::of(const validators::Body& body) const {
  static const auto nothing = std::make_shared<const BodyReading>(read_body(nullptr));
  if (!body) return nothing;
  const auto found = held_.find(body.get());
  if (found != held_.end() && found->second.reading) return found->second.reading;
  auto reading = std::make_shared<const BodyReading>(read_body(body));
  ++parsed_;
  if (found != held_.end()) found->second.reading = reading;
  return reading;
}

void BodyReadings::forget_all_but(const std::unordered_set<const std::string*>& used) {
  std::erase_if(by_hash_, [&](const auto& entry) { return !used.contains(entry.second); });
  std::erase_if(held_, [&](const auto& entry) {
    if (used.contains(entry.first)) return false;
    bytes_ -= entry.second.body->size();
    return true;
  });
}

}  // namespace idpwatch::forecast
