// Random histories: the timeline, restarted at random from what a store would hold, tells what the
// second reading tells of the whole list.
#include "base/encoding.hpp"
#include "tests/corpus/corpus_replay.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <random>

namespace idpwatch::corpus {

namespace {

using nlohmann::json;

// Rows as the store would keep them: replaced by identity, nothing else survives a restart.
struct Rows {
  std::map<std::string, model::KeyRecord> keys;
  std::map<std::string, model::KidRecord> kids;
  std::map<std::tuple<std::string, model::Kid, base::Instant>, model::Sighting> sightings;
  model::TimelineState state;

  void take(const checks::TimelineStep& step, const checks::KeyTimeline& timeline) {
    for (const auto& key : step.keys) keys[key.thumbprint] = key;
    for (const auto& kid : step.kids) kids[kid.kid] = kid;
    for (const auto& sighting : step.sightings) {
      auto& row = sightings[{sighting.thumbprint, sighting.kid, sighting.first}];
      const std::string members = sighting.members.empty() ? row.members : sighting.members;
      row = sighting;
      row.members = members;
    }
    if (step.state_changed) state = timeline.state();
  }
  checks::KeyTimeline restart(const model::TimelineConfig& config) const {
    checks::KeyTimeline timeline("random", config);
    std::vector<model::KeyRecord> key_rows;
    std::vector<model::KidRecord> kid_rows;
    std::vector<model::Sighting> sighting_rows;
    for (const auto& [name, row] : keys) key_rows.push_back(row);
    for (const auto& [name, row] : kids) kid_rows.push_back(row);
    for (const auto& [name, row] : sightings) sighting_rows.push_back(row);
    timeline.restore(state, key_rows, kid_rows, sighting_rows);
    return timeline;
  }
};

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  int below(int limit) { return std::uniform_int_distribution<int>(0, limit - 1)(engine_); }
  bool one_in(int n) { return below(n) == 0; }

 private:
  std::mt19937 engine_;
};

json random_key(Random& random) {
  json key = {
      {"kty", "OKP"},
      {"crv", "Ed25519"},
      {"x", base::base64url_encode(std::string(32, static_cast<char>('a' + random.below(6))))}};
  const int label = random.below(6);
  if (label < 5) key["kid"] = std::string(1, static_cast<char>('A' + label));
  if (random.one_in(40)) key["kid"] = 7;
  if (random.one_in(5)) key["use"] = random.one_in(2) ? "enc" : "sig";
  if (random.one_in(4)) key["alg"] = random.one_in(2) ? "EdDSA" : "Ed25519";
  if (random.one_in(30)) key["x"] = "AAAA";  // not decodable
  if (random.one_in(30)) key["kty"] = "AKP";
  return key;
}

json random_set(Random& random) {
  json keys = json::array();
  const int count = random.below(5);
  for (int i = 0; i < count; ++i) keys.push_back(random_key(random));
  if (random.one_in(20)) keys.push_back(nullptr);
  return {{"keys", keys}};
}

// Mostly the sets of a few nodes that disagree, sometimes a new one, or an old one changed.
std::vector<Look> random_looks(Random& random) {
  std::vector<std::shared_ptr<const json>> nodes;
  for (int i = 0; i < 3; ++i) nodes.push_back(std::make_shared<const json>(random_set(random)));
  std::vector<Look> looks;
  base::Instant now = base::from_unix_seconds(1'800'000'000);
  std::size_t node = 0;
  const int steadiness = 1 + random.below(12);
  for (int i = 0; i < 80; ++i) {
    now += base::seconds(60 * (1 + random.below(random.one_in(3) ? 30 : 4)));
    if (random.one_in(steadiness)) node = static_cast<std::size_t>(random.below(3));
    if (random.one_in(12)) {
      json changed = *nodes[node];
      if (random.one_in(2)) {
        changed["keys"].push_back(random_key(random));
      } else if (!changed["keys"].empty()) {
        changed["keys"].erase(0);
      }
      nodes[node] = std::make_shared<const json>(std::move(changed));
    }
    looks.push_back({now, nodes[node]});
  }
  return looks;
}

struct Told {
  std::vector<model::Event> events;
  std::map<std::string, std::string> identities;
  Rows rows;
};

Told tell(const std::vector<Look>& looks, const model::TimelineConfig& config, Random& random,
          int restart_one_in) {
  Told told;
  checks::KeyTimeline timeline("random", config);
  for (const Look& look : looks) {
    if (restart_one_in > 0 && random.one_in(restart_one_in)) timeline = told.rows.restart(config);
    const std::string digest = look.document->dump();
    const auto set = model::parse_key_set(*look.document);
    REQUIRE(set);
    for (const model::Jwk& key : set->keys) {
      if (key.decodable()) told.identities[key.thumbprint] = identity(json::parse(key.members));
    }
    // An equal body may come as a 304, or be told as a set again.
    const bool same = digest == timeline.jwks_sha256() && !random.one_in(4);
    checks::TimelineStep step = timeline.observe_keys(look.at, same ? nullptr : &*set, digest);
    told.rows.take(step, timeline);
    for (auto& event : step.events) told.events.push_back(std::move(event));
  }
  return told;
}

}  // namespace

TEST_CASE("for random histories the timeline tells what the second reading tells", "[corpus]") {
  for (unsigned seed = 1; seed <= 400; ++seed) {
    INFO("seed " << seed);
    Random random(seed);
    model::TimelineConfig config;
    config.confirm_observations = 1 + random.below(4);
    config.confirm_span = base::minutes(random.below(20));
    const std::vector<Look> looks = random_looks(random);
    const Told told = tell(looks, config, random, random.one_in(2) ? 5 : 0);
    const auto expected = key_events(looks, {config.confirm_observations, config.confirm_span});
    REQUIRE(difference(worded(told.events, told.identities), expected) == "");
  }
}

TEST_CASE("a restart at any instant leaves the same rows", "[corpus]") {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    INFO("seed " << seed);
    Random histories(seed);
    const std::vector<Look> looks = random_looks(histories);
    Random steady(7), restarting(7);
    const Rows whole = tell(looks, {}, steady, 0).rows;
    const Rows pieces = tell(looks, {}, restarting, 3).rows;
    REQUIRE(whole.keys.size() == pieces.keys.size());
    for (const auto& [thumbprint, key] : whole.keys) {
      const model::KeyRecord& other = pieces.keys.at(thumbprint);
      CHECK(key.first_seen == other.first_seen);
      CHECK(key.kids_ever == other.kids_ever);
      CHECK(key.last_members == other.last_members);
      CHECK(key.former_members == other.former_members);
      CHECK(key.withdrawn_at == other.withdrawn_at);
      CHECK(key.first_absent_at == other.first_absent_at);
      CHECK(key.absent_count == other.absent_count);
    }
    for (const auto& [kid, record] : whole.kids) {
      CHECK(record.last_thumbprints == pieces.kids.at(kid).last_thumbprints);
    }
    CHECK(whole.state.flaps == pieces.state.flaps);
    CHECK(whole.state.inconsistent == pieces.state.inconsistent);
    CHECK(whole.sightings.size() == pieces.sightings.size());
  }
}

}  // namespace idpwatch::corpus
