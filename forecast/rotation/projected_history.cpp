#include "forecast/rotation/projected_history.hpp"

#include "base/encoding.hpp"
#include "base/json.hpp"
#include "forecast/history/key_set_history.hpp"
#include "forecast/history/observed_world.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>
#include <utility>

namespace idpwatch::forecast {

namespace {

using base::Instant;
using base::Json;

constexpr std::size_t kDocumentMax = 64UL * 1024 * 1024;
constexpr base::Duration kLongBefore = base::hours(24 * 400);

// Other octets of the same length; the last one, which makes a modulus odd, stays.
std::string altered(std::string octets) {
  for (std::size_t i = 1; i + 1 < octets.size(); ++i) {
    octets[i] = static_cast<char>(octets[i] ^ '\x55');
  }
  return octets;
}

// A key like that one, and not that one.
Json successor_of(const model::Jwk& key) {
  Json made = {{"kty", key.kty}, {"use", "sig"}};
  if (key.kid) made["kid"] = kUnknownKid;
  if (key.alg) made["alg"] = *key.alg;
  if (key.type == model::KeyType::kRsa) {
    made["e"] = base::base64url_encode(key.e);
    made["n"] = base::base64url_encode(altered(key.n));
    return made;
  }
  made["crv"] = key.crv;
  made["x"] = base::base64url_encode(altered(key.x));
  if (!key.y.empty()) made["y"] = base::base64url_encode(key.y);
  return made;
}

const model::Jwk* rotating(const KeySetVersion& now, const NextRotation& rotation) {
  for (const checks::Rotation& past : rotation.past) {
    for (const model::Jwk& key : now.keys) {
      if (key.thumbprint == past.new_key.thumbprint) return &key;
    }
  }
  return now.keys.empty() ? nullptr : &now.keys.back();
}

validators::Served key_set(validators::Served served, const Json& keys) {
  served.body = std::make_shared<const std::string>(Json{{"keys", keys}}.dump());
  return served;
}

}  // namespace

std::optional<ProjectedHistory> projected_history(const AuthorityFacts& facts,
                                                  const validators::Addresses& addresses,
                                                  const NextRotation& rotation, Instant published) {
  const ObservedWorld healthy(*facts.history, addresses, When::kHealthy);
  const KeySetHistory line = key_set_history(healthy, {published});
  if (line.empty()) return std::nullopt;
  const model::Jwk* former = rotating(line.front(), rotation);
  if (former == nullptr) return std::nullopt;
  const auto body_at = [&](const std::string& url) {
    return healthy.fetch(answering_url(healthy, url, published), published).body;
  };
  std::string asked = addresses.keys;
  if (const auto document = asked.empty() ? body_at(addresses.metadata) : nullptr) {
    asked = healthy.read(document)->document.jwks_uri;
  }
  const std::string keys_url = answering_url(healthy, asked, published);
  validators::Served served = healthy.fetch(keys_url, published);
  // Now it fails, or leads nowhere: the keys that the line knows are of an earlier answer.
  if (!served.body) return std::nullopt;
  const auto parsed = base::parse_json(*served.body, {kDocumentMax, 64});
  if (!parsed || !parsed->value->is_object() || !parsed->value->value("keys", Json()).is_array()) {
    return std::nullopt;
  }

  ProjectedHistory world;
  world.former = *former;
  const Json successor = successor_of(*former);
  world.next = model::parse_jwk(successor);
  const bool all = rotation.withdrawn_together >= line.front().keys.size();
  world.others_stay = !all && line.front().keys.size() > 1;
  Json both = (*parsed->value)["keys"];
  both.push_back(successor);
  Json after = Json::array();
  for (const Json& one : both) {
    const model::Jwk key = model::parse_jwk(one);
    const bool leaves = all ? key.signing() && key.thumbprint != world.next.thumbprint
                            : key.thumbprint == former->thumbprint;
    if (!leaves) after.push_back(one);
  }
  const Instant ever = published - kLongBefore;
  for (const auto& [url, changes] : facts.history->all()) {
    world.history.add(url, {ever, ever, healthy.fetch(url, published)});
  }
  if (rotation.overlap > base::Duration(0)) {
    world.changes.push_back(published);
    world.history.add(keys_url, {published, published, key_set(served, both)});
  }
  world.changes.push_back(published + rotation.overlap);
  world.history.add(
      keys_url, {world.changes.back(), world.changes.back(), key_set(std::move(served), after)});
  return world;
}

}  // namespace idpwatch::forecast
