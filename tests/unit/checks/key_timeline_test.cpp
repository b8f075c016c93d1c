#include "checks/timeline/key_timeline.hpp"

#include "base/encoding.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace idpwatch::checks {

namespace {

using model::EventType;
using nlohmann::json;

// A key whose material is told by one letter: "a", "b". Further members by `more`.
json key(char material, const json& kid, const json& more = json::object()) {
  json out = {
      {"kty", "OKP"}, {"crv", "Ed25519"}, {"x", base::base64url_encode(std::string(32, material))}};
  if (!kid.is_null()) out["kid"] = kid;
  out.update(more);
  return out;
}

// One authority looked at once a minute.
class Watch {
 public:
  explicit Watch(model::TimelineConfig config = {}) : timeline_("idp", config) {}

  // Types of the events, "key.published" and so on.
  std::vector<std::string> see(std::initializer_list<json> keys) {
    return see(std::vector<json>(keys));
  }
  std::vector<std::string> see(const std::vector<json>& keys) {
    json document = json::object();
    document["keys"] = keys;
    const auto set = model::parse_key_set(document);
    REQUIRE(set);
    body_ = document.dump();
    return take(timeline_.observe_keys(next(), &*set, body_));
  }
  std::vector<std::string> see_again() {
    return take(timeline_.observe_keys(next(), nullptr, body_));
  }
  void wait(base::Duration time) { now_ += time; }

  KeyTimeline& timeline() { return timeline_; }
  const TimelineStep& last() const { return last_; }
  base::Instant now() const { return now_; }

 private:
  base::Instant next() { return now_ += base::minutes(1); }
  std::vector<std::string> take(TimelineStep step) {
    last_ = std::move(step);
    std::vector<std::string> types;
    for (const model::Event& event : last_.events) types.emplace_back(to_text(event.type));
    return types;
  }

  KeyTimeline timeline_;
  base::Instant now_ = base::from_unix_seconds(1'800'000'000);
  std::string body_;
  TimelineStep last_;
};

using Types = std::vector<std::string>;

}  // namespace

TEST_CASE("a provider that answers 304 from then on still gets its key.withdrawn", "[checks]") {
  Watch watch;
  CHECK(watch.see({key('a', "A"), key('b', "B")}) == Types{"key.published", "key.published"});
  CHECK(watch.last().events[0].initial);
  CHECK(watch.see({key('b', "B")}).empty());
  const base::Instant absent = watch.now();
  for (int minute = 1; minute < 10; ++minute) CHECK(watch.see_again().empty());
  CHECK(watch.see_again() == Types{"key.withdrawn"});
  const model::Event& withdrawn = watch.last().events[0];
  CHECK(withdrawn.kid == "A");
  CHECK(withdrawn.first_absent_at == absent);
  CHECK(withdrawn.confirmed_at == watch.now());
  CHECK(watch.see_again().empty());
  CHECK_FALSE(watch.last().state_changed);
  CHECK(watch.see({key('a', "A"), key('b', "B")}) == Types{"key.returned"});
}

TEST_CASE("three looks are too few while they span less than ten minutes", "[checks]") {
  Watch watch;
  watch.see({key('a', "A"), key('b', "B")});
  watch.see({key('b', "B")});
  watch.see_again();
  CHECK(watch.see_again().empty());
  watch.wait(base::hours(1));
  CHECK(watch.see_again() == Types{"key.withdrawn"});
}

TEST_CASE("a set that flaps is replaced, then inconsistent, and rotates nothing", "[checks]") {
  Watch watch;
  const std::vector<json> one(1, key('a', "A"));
  const std::vector<json> other(1, key('b', "B"));
  watch.see(one);
  CHECK(watch.see(other) == Types{"key.published", "keyset.replaced"});
  CHECK(watch.see(one) == Types{"keyset.replaced"});
  CHECK(watch.timeline().flapped());
  CHECK_FALSE(watch.timeline().inconsistent());
  CHECK(watch.see(other) == Types{"keyset.replaced", "keyset.inconsistent"});
  CHECK(watch.timeline().inconsistent());
  CHECK(watch.see(one) == Types{"keyset.replaced"});
  for (int calm = 0; calm < 19; ++calm) watch.see_again();
  CHECK(watch.timeline().inconsistent());
  watch.see_again();
  CHECK_FALSE(watch.timeline().inconsistent());
  CHECK(watch.timeline().state().flaps.empty());
}

TEST_CASE("the same kid with new material is told even while the old key comes back", "[checks]") {
  Watch watch;
  watch.see({key('a', "1")});
  CHECK(watch.see({key('b', "1")}) ==
        Types{"key.published", "key.material_changed", "keyset.replaced"});
  CHECK(watch.last().events[1].kid == "1");
  CHECK(watch.see({key('a', "1")}) == Types{"key.material_changed", "keyset.replaced"});
  // Beside the old one it is an addition.
  CHECK(watch.see({key('a', "1"), key('c', "1")}) == Types{"key.published"});
}

TEST_CASE("keys without a kid rotate, and are renamed when they get one", "[checks]") {
  Watch watch;
  watch.see({key('a', nullptr)});
  CHECK(watch.see({key('b', nullptr)}) == Types{"key.published", "keyset.replaced"});
  CHECK_FALSE(watch.last().events[0].kid);
  CHECK(watch.last().events[0].about_key);
  CHECK(watch.see({key('b', "B")}) == Types{"key.renamed"});
  CHECK(watch.last().events[0].kid == "B");
  CHECK(watch.last().events[0].old_value == "[null]");
  CHECK(watch.last().events[0].new_value == R"(["B"])");
  // A name it had before, and a further name beside the old one, are none.
  CHECK(watch.see({key('b', nullptr)}).empty());
  CHECK(watch.see({key('b', nullptr), key('b', "C")}).empty());
}

TEST_CASE("other members under the same key and kid are metadata", "[checks]") {
  Watch watch;
  watch.see({key('a', "A", {{"alg", "EdDSA"}, {"key_ops", {"verify", "sign"}}})});
  CHECK(watch.see({key('a', "A", {{"alg", "EdDSA"}, {"key_ops", {"sign", "verify"}}})}).empty());
  CHECK(watch.see({key('a', "A", {{"alg", "Ed25519"}, {"use", "sig"}})}) ==
        Types{"key.metadata_changed"});
  const model::Event& changed = watch.last().events[0];
  CHECK(changed.fields == std::vector<std::string>{"alg", "key_ops", "use"});
  CHECK(changed.old_value == R"({"alg":"EdDSA","key_ops":["sign","verify"]})");
  CHECK(changed.new_value == R"({"alg":"Ed25519","use":"sig"})");
  // Padding is no change of members.
  json padded = key('a', "A", {{"alg", "Ed25519"}, {"use", "sig"}});
  padded["x"] = padded["x"].get<std::string>() + "=";
  CHECK(watch.see({padded}).empty());
}

TEST_CASE("encryption keys give key events, but no replaced set", "[checks]") {
  Watch watch;
  const json enc = {{"use", "enc"}};
  watch.see({key('a', "A"), key('e', "E", enc)});
  CHECK(watch.see({key('a', "A"), key('f', "F", enc)}) == Types{"key.published"});
  CHECK(watch.see({key('b', "B"), key('f', "F", enc)}) ==
        Types{"key.published", "keyset.replaced"});
  CHECK(watch.see({key('f', "F", enc)}).empty());
}

TEST_CASE("an empty set is told once, undecodable keys do not fill it", "[checks]") {
  Watch watch;
  watch.see({key('a', "A")});
  const json unknown = {{"kty", "AKP"}, {"kid", "A"}};
  CHECK(watch.see({unknown}) == Types{"keyset.empty"});
  CHECK(watch.see(std::vector<json>()).empty());
  Watch empty;
  CHECK(empty.see(std::vector<json>()).empty());
  CHECK(empty.see({key('a', "A")}) == Types{"key.published"});
  CHECK_FALSE(empty.last().events[0].initial);
}

TEST_CASE("with one observation and no span a key is gone at once", "[checks]") {
  Watch watch({1, base::Duration(0)});
  watch.see({key('a', "A")});
  CHECK(watch.see({key('b', "B")}) == Types{"key.published", "key.withdrawn", "keyset.replaced"});
}

TEST_CASE("an unchanged look changes no row", "[checks]") {
  Watch watch;
  watch.see({key('a', "A")});
  CHECK(watch.last().keys.size() == 1);
  CHECK(watch.last().kids.size() == 1);
  CHECK(watch.last().sightings.size() == 1);
  CHECK(watch.last().state_changed);
  watch.see_again();
  CHECK(watch.last().keys.empty());
  CHECK(watch.last().sightings.empty());
  CHECK_FALSE(watch.last().state_changed);
  // A flush tells up to when the key was seen.
  const TimelineStep flushed = watch.timeline().flush();
  REQUIRE(flushed.sightings.size() == 1);
  CHECK(flushed.sightings[0].last == watch.now());
  CHECK(flushed.keys[0].last_seen == watch.now());
}

TEST_CASE("a key absent but not confirmed is still among the current ones", "[checks]") {
  Watch watch;
  watch.see({key('a', "A"), key('b', "B")});
  watch.see({key('b', "B")});
  const auto current = watch.timeline().current_keys();
  REQUIRE(current.size() == 2);
  CHECK(std::ranges::count_if(current, [](const model::KeyRecord& record) {
          return record.first_absent_at.has_value();
        }) == 1);
}

TEST_CASE("a provider with new keys at every look is forgotten by degrees, not by the present",
          "[checks]") {
  Watch watch({1, base::Duration(0)});
  int made = 0;
  json stable = key('s', "stable");
  const auto fresh = [&made](int count) {
    std::vector<json> keys;
    for (int i = 0; i < count; ++i) {
      std::string material(32, 'z');
      const std::string number = std::to_string(made++);
      material.replace(0, number.size(), number);
      keys.push_back({{"kty", "OKP"},
                      {"crv", "Ed25519"},
                      {"kid", number},
                      {"x", base::base64url_encode(material)}});
    }
    return keys;
  };
  for (int round = 0; round < 30; ++round) {
    std::vector<json> keys = fresh(1000);
    keys.push_back(stable);
    watch.see(keys);
  }
  CHECK(watch.timeline().current_keys().size() == 1001);
  CHECK(watch.see({stable}).size() == 1000);  // all withdrawn at once
  CHECK(watch.timeline().current_keys().size() == 1);
}

namespace {

// Another material at each number.
json numbered(int number, const json& kid) {
  std::string material = std::to_string(number);
  material.resize(32, 'x');
  return {
      {"kty", "OKP"}, {"crv", "Ed25519"}, {"x", base::base64url_encode(material)}, {"kid", kid}};
}

}  // namespace

TEST_CASE("long kids and kids that change at every look fill no memory", "[checks]") {
  constexpr std::size_t kRoom = 200'000;  // of the keys that are present
  Watch watch;
  const std::string long_kid(50'000, 'k');
  for (int i = 0; i < 400; ++i) {
    watch.see({numbered(i, long_kid + std::to_string(i)), key('a', "kid-" + std::to_string(i))});
    REQUIRE(watch.timeline().known_bytes() <= KeyTimeline::kKnownBytesMax + kRoom);
  }
  const auto current = watch.timeline().current_keys();
  const auto steady = std::ranges::find_if(
      current, [](const auto& one) { return one.last_members.contains("kid-399"); });
  REQUIRE(steady != current.end());
  CHECK(steady->kids_ever.size() <= 65);
  CHECK(steady->kids_ever.contains("kid-398"));
}

TEST_CASE("keys that are absent for a moment only are bounded, too", "[checks]") {
  model::TimelineConfig config;
  config.confirm_span = base::hours(24);
  Watch watch(config);
  std::vector<json> keys(200);
  for (int i = 0; i < 100; ++i) {
    for (int j = 0; j < 200; ++j) {
      keys[static_cast<std::size_t>(j)] = numbered(i * 200 + j, std::to_string(i * 200 + j));
    }
    watch.see(keys);
    REQUIRE(watch.timeline().current_keys().size() <= 200 + 5'000);
  }
  watch.see({numbered(1, "1")});
  CHECK(watch.timeline().known_keys() <= 1 + 5'000);
}

TEST_CASE("documents are compared as sets, issuer and jwks_uri told in addition", "[checks]") {
  KeyTimeline timeline("idp", {});
  const base::Instant now = base::from_unix_seconds(1'800'000'000);
  const auto see = [&](const json& document) {
    return timeline.observe_discovery(now, *model::parse_discovery(document), document.dump());
  };
  CHECK(see({{"issuer", "i"}, {"jwks_uri", "k"}, {"s", {"a", "b"}}}).events.empty());
  CHECK(see({{"issuer", "i"}, {"jwks_uri", "k"}, {"s", {"b", "a"}}, {"requestid", 1}})
            .events.empty());
  // An error page in JSON is no document.
  CHECK_FALSE(see({{"error", "rate limited"}}).state_changed);
  const TimelineStep step = see({{"issuer", "j"}, {"s", {"b", "a"}}});
  REQUIRE(step.events.size() == 3);
  CHECK(step.events[0].type == EventType::kDiscoveryChanged);
  CHECK(step.events[0].fields == std::vector<std::string>{"issuer", "jwks_uri"});
  CHECK(step.events[1].type == EventType::kIssuerChanged);
  CHECK(step.events[1].old_value == R"("i")");
  CHECK(step.events[1].new_value == R"("j")");
  CHECK(step.events[2].type == EventType::kJwksUriChanged);
  CHECK(step.events[2].new_value.empty());
}

TEST_CASE("the first certificate is no change", "[checks]") {
  KeyTimeline timeline("idp", {});
  const base::Instant now = base::from_unix_seconds(1'800'000'000);
  CHECK(timeline.observe_certificate(now, "aa").events.empty());
  CHECK_FALSE(timeline.observe_certificate(now, "aa").state_changed);
  REQUIRE(timeline.observe_certificate(now, "bb").events.size() == 1);
}

}  // namespace idpwatch::checks
