#include "base/digest.hpp"
#include "base/json.hpp"
#include "model/jwk.hpp"
#include "sample.hpp"
#include "storage/reader.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace idpwatch;
using namespace idpwatch::test;
using model::EventType;

namespace {

// RFC 8037 A.3 and its neighbours: any 32 octets are an OKP key.
nlohmann::json okp(const std::string& kid, char fill) {
  return {{"kty", "OKP"},
          {"crv", "Ed25519"},
          {"kid", kid},
          {"alg", "EdDSA"},
          {"x", std::string(42, fill) + "A"}};
}

std::string set_of(const std::vector<nlohmann::json>& keys) {
  return base::canonical_json({{"keys", keys}});
}

std::string thumbprint(const nlohmann::json& key) { return model::parse_jwk(key).thumbprint; }

model::KeyRecord record(const nlohmann::json& key, std::int64_t first_s, std::int64_t last_s) {
  model::KeyRecord out = test::key("entra", thumbprint(key));
  out.kids_ever = {key["kid"].get<std::string>()};
  out.last_members = {{key["kid"].get<std::string>(), "{}"}};
  out.former_members.clear();
  out.first_seen = at(first_s);
  out.last_seen = at(last_s);
  return out;
}

// A then A+B then B; A is absent from 300 and confirmed withdrawn at 900.
struct Rotation {
  nlohmann::json a = okp("a", 'A'), b = okp("b", 'B');
  std::string one = set_of({a}), both = set_of({b, a}), two = set_of({b});

  void store(storage::Store& store) const {
    model::Batch batch;
    batch.documents = {document(one), document(both), document(two)};
    batch.spans = {span("entra", 0, 60, one), span("entra", 120, 180, both),
                   span("entra", 300, 1200, two)};
    batch.spans.back().count = 16;  // a look a minute
    batch.keys = {record(a, 0, 180), record(b, 120, 1200)};
    batch.keys[0].withdrawn_at = at(900);
    batch.sightings = {sighting("entra", thumbprint(a), 0, 180),
                       sighting("entra", thumbprint(b), 120, 1200)};
    batch.sightings[0].kid = "a";
    batch.sightings[1].kid = "b";
    batch.events = {event(EventType::kKeyWithdrawn, "entra", 900, thumbprint(a))};
    const auto done = store.commit(batch);
    if (!done) FAIL(done.error().text());
  }
};

std::string states(const base::Result<storage::KeySetView>& set) {
  if (!set) FAIL(set.error().text());
  std::string out;
  for (const storage::KeyView& key : set->keys) {
    out += key.kid.value_or("-") + ":" + std::string(storage::to_text(key.state)) + " ";
  }
  return out;
}

}  // namespace

TEST_CASE("Between the looks of a stretch a key was last seen at the look before", "[storage]") {
  const TemporaryDirectory directory;
  storage::Store store = open_store(directory.path());
  const nlohmann::json a = okp("a", 'A');
  const auto seen_at = [&](std::int64_t count, std::int64_t asked_s) {
    model::Batch batch;
    batch.documents = {document(set_of({a}))};
    batch.spans = {span("entra", 0, 1200, set_of({a}))};
    batch.spans[0].count = count;
    batch.keys = {record(a, 0, 1200)};
    REQUIRE(store.commit(batch));
    const auto set = value_of(store.reader().key_set("entra", at(asked_s)));
    REQUIRE(set.keys.size() == 1);
    CHECK(set.keys[0].last_seen == set.observed_at);
    return set.observed_at;
  };
  CHECK(seen_at(2, 0) == at(0));
  CHECK(seen_at(2, 1199) == at(0));
  CHECK(seen_at(2, 1200) == at(1200));
  CHECK(seen_at(2, 5000) == at(1200));
  CHECK(seen_at(21, 59) == at(0));
  CHECK(seen_at(21, 150) == at(120));
}

TEST_CASE("The key set at an instant is the last good one not after it", "[storage]") {
  const TemporaryDirectory directory;
  storage::Store store = open_store(directory.path());
  Rotation().store(store);
  storage::Reader& reader = store.reader();
  CHECK(states(reader.key_set("entra", at(-1))).empty());
  CHECK(states(reader.key_set("entra", at(0))) == "a:live ");
  CHECK(states(reader.key_set("entra", at(119))) == "a:live ");
  CHECK(states(reader.key_set("entra", at(120))) == "b:live a:live ");
  CHECK(states(reader.key_set("entra", at(299))) == "b:live a:live ");
  CHECK(states(reader.key_set("entra", at(300))) == "b:live a:absent ");
  CHECK(states(reader.key_set("entra", at(899))) == "b:live a:absent ");
  CHECK(states(reader.key_set("entra", at(900))) == "b:live a:withdrawn ");
  CHECK(states(reader.key_set("https://entra.example", at(999'999))) == "b:live a:withdrawn ");
}

TEST_CASE("A key set says since when and until when its keys were seen", "[storage]") {
  const TemporaryDirectory directory;
  storage::Store store = open_store(directory.path());
  Rotation().store(store);
  const auto set = store.reader().key_set("entra", at(600));
  REQUIRE(set);
  CHECK(set->authority.name == "entra");
  CHECK(set->authority.issuer == "https://entra.example");
  CHECK(set->observed_at == at(600));  // the span of the set covers it
  REQUIRE(set->keys.size() == 2);
  CHECK(set->keys[0].first_seen == at(120));
  CHECK(set->keys[0].last_seen == at(600));
  CHECK(set->keys[0].crv == "Ed25519");
  CHECK(set->keys[0].alg == "EdDSA");
  CHECK(set->keys[1].first_seen == at(0));
  CHECK(set->keys[1].last_seen == at(180));
  CHECK(store.reader().key_set("entra", at(250))->observed_at == at(180));
  CHECK_FALSE(store.reader().key_set("entra", at(-1))->observed_at);
}

TEST_CASE("A failed observation does not hide the last good key set", "[storage]") {
  const TemporaryDirectory directory;
  storage::Store store = open_store(directory.path());
  Rotation().store(store);
  model::Batch batch;
  batch.spans = {span("entra", 1300, 1400)};
  batch.spans[0].jwks_good = false;
  batch.spans[0].jwks_failure = "timeout";
  REQUIRE(store.commit(batch));
  const auto set = store.reader().key_set("entra", at(1400));
  CHECK(states(set) == "b:live a:withdrawn ");
  CHECK(set->observed_at == at(1200));
}

TEST_CASE("A returned key is live again, and absent when it leaves once more", "[storage]") {
  const TemporaryDirectory directory;
  storage::Store store = open_store(directory.path());
  const Rotation rotation;
  rotation.store(store);
  model::Batch batch;
  batch.spans = {span("entra", 2000, 2060, rotation.both), span("entra", 2120, 2180, rotation.two)};
  batch.events = {event(EventType::kKeyReturned, "entra", 2000, thumbprint(rotation.a))};
  REQUIRE(store.commit(batch));
  CHECK(states(store.reader().key_set("entra", at(1999))) == "b:live a:withdrawn ");
  CHECK(states(store.reader().key_set("entra", at(2010))) == "b:live a:live ");
  CHECK(states(store.reader().key_set("entra", at(2200))) == "b:live a:absent ");
}

TEST_CASE("Where the body is no longer kept the sightings tell the set", "[storage]") {
  const TemporaryDirectory directory;
  storage::Store store = open_store(directory.path());
  const Rotation rotation;
  rotation.store(store);
  auto db = [&] {
    model::Batch batch;  // the same set under a body that was never stored
    batch.spans = {span("entra", 1300, 1300, "gone")};
    batch.sightings = {sighting("entra", thumbprint(rotation.b), 120, 1300)};
    batch.sightings[0].kid = "b";
    return store.commit(batch);
  }();
  REQUIRE(db);
  CHECK(states(store.reader().key_set("entra", at(1300))) == "b:live a:withdrawn ");
}

TEST_CASE("Where the body is no longer kept, a sighting that goes on tells the set", "[storage]") {
  const TemporaryDirectory directory;
  storage::Store store = open_store(directory.path());
  const Rotation rotation;
  rotation.store(store);
  model::Batch batch;  // only the span is extended while nothing changes
  batch.spans = {span("entra", 1300, 1900, "gone")};
  REQUIRE(store.commit(batch));
  CHECK(states(store.reader().key_set("entra", at(1900))) == "b:live a:withdrawn ");
}

TEST_CASE("An unknown authority is named, with the nearest known one", "[storage]") {
  const TemporaryDirectory directory;
  storage::Store store = open_store(directory.path());
  Rotation().store(store);
  const auto none = store.reader().key_set("entro", at(0));
  REQUIRE_FALSE(none);
  CHECK(none.error().kind == base::ErrorKind::kNotFound);
  CHECK(none.error().hint == "did you mean entra?");
  REQUIRE(store.commit({}));  // and the connection is free again
}
