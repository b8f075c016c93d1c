#include "base/digest.hpp"
#include "sample.hpp"
#include "storage/reader.hpp"
#include "storage/store.hpp"

#include <catch2/catch.hpp>

using namespace idpwatch;
using namespace idpwatch::test;

namespace {
// Committed by one store, read by another process' eyes: a read-only connection.
storage::Reader stored(const TemporaryDirectory& directory, const model::Batch& batch) {
  storage::Store store = open_store(directory.path());
  const auto done = store.commit(batch);
  if (!done) FAIL(done.error().text());
  auto reader = storage::Reader::open(directory.path());
  if (!reader) FAIL(reader.error().text());
  return std::move(*reader);
}
}  // namespace

TEST_CASE("A span comes back as it was stored", "[storage]") {
  const TemporaryDirectory directory;
  storage::Store store = open_store(directory.path());
  model::Batch batch;
  batch.spans = {span("entra", 0, 60, "a"), span("okta", 5, 5)};
  batch.spans[1].jwks_failure = "timeout";
  batch.spans[1].jwks_good = false;
  REQUIRE(store.commit(batch));
  for (std::size_t i = 0; i < 2; ++i) {
    const auto last = store.reader().last_span(batch.spans[i].authority);
    REQUIRE(last);
    REQUIRE(last->has_value());
    CHECK(text(**last) == text(batch.spans[i]));
  }
}

TEST_CASE("A span is extended by authority and first instant, however often", "[storage]") {
  const TemporaryDirectory directory;
  storage::Store store = open_store(directory.path());
  model::Batch batch;
  batch.spans = {span("entra", 0, 60)};
  REQUIRE(store.commit(batch));
  for (int i = 0; i < 3; ++i) {
    batch.spans[0].count += 10;
    batch.spans[0].last += std::chrono::minutes(10);
    batch.spans[0].worst_latency_us += 1;
    REQUIRE(store.commit(batch));
    REQUIRE(store.commit(batch));
    const auto all = store.reader().spans("entra", at(0), at(1'000'000));
    REQUIRE(all);
    REQUIRE(all->size() == 1);
    CHECK(text(all->front()) == text(batch.spans[0]));
  }
}

TEST_CASE("A span of many looks that the store has never seen is stored whole", "[storage]") {
  const TemporaryDirectory directory;
  storage::Store store = open_store(directory.path());
  model::Batch batch;
  batch.spans = {span("entra", 0, 60)};
  batch.spans[0].count = 7;
  REQUIRE(store.commit(batch));
  const auto last = store.reader().last_span("entra");
  REQUIRE((last && *last));
  CHECK(text(**last) == text(batch.spans[0]));
}

TEST_CASE("Spans are found by the stretch that they touch", "[storage]") {
  const TemporaryDirectory directory;
  storage::Store store = open_store(directory.path());
  model::Batch batch;
  batch.spans = {span("entra", 0, 60), span("entra", 120, 180), span("entra", 240, 300)};
  REQUIRE(store.commit(batch));
  CHECK(store.reader().spans("entra", at(60), at(120))->size() == 2);
  CHECK(store.reader().spans("entra", at(61), at(119))->empty());
  CHECK(store.reader().spans("entra", at(0), at(999), 2)->size() == 2);
  CHECK(store.reader().spans("nobody", at(0), at(999))->empty());
  CHECK_FALSE(store.reader().last_span("nobody")->has_value());
}

TEST_CASE("Keys, kids, sightings and the timeline come back whole", "[storage]") {
  const TemporaryDirectory directory;
  model::Batch batch;
  batch.keys = {key("entra", "T1"), key("entra", "T2"), key("okta", "T1")};
  batch.keys[1].first_absent_at = at(70);
  batch.keys[1].absent_count = 2;
  batch.keys[1].signing = false;
  batch.keys[1].withdrawn_at = at(900);
  batch.kids = {{"entra", "a", {"T1", "T2"}}, {"entra", std::string("n\0l", 3), {}}};
  batch.sightings = {sighting("entra", "T1", 0, 60), sighting("entra", "T2", 0, 60)};
  batch.sightings[1].kid = std::nullopt;
  batch.timelines = {{"entra",
                      true,
                      at(60),
                      {"T1"},
                      {"T1"},
                      {0, 2, 1},
                      true,
                      "{\"issuer\":\"x\"}",
                      base::sha256_hex("a"),
                      base::sha256_hex("b"),
                      "leaf"}};
  storage::Reader reader = stored(directory, batch);

  const auto keys = reader.keys("entra");
  REQUIRE(keys);
  REQUIRE(keys->size() == 2);
  CHECK(text((*keys)[0]) == text(batch.keys[0]));
  CHECK(text((*keys)[1]) == text(batch.keys[1]));
  CHECK(reader.keys("okta")->size() == 1);
  CHECK(reader.keys("nobody")->empty());

  const auto kids = reader.kids("entra");
  REQUIRE(kids);
  REQUIRE(kids->size() == 2);
  CHECK(text((*kids)[0]) == text(batch.kids[0]));
  CHECK(text((*kids)[1]) == text(batch.kids[1]));

  const auto sightings = reader.sightings("entra");
  REQUIRE(sightings);
  REQUIRE(sightings->size() == 2);
  CHECK(text((*sightings)[0]) == text(batch.sightings[0]));
  CHECK(text((*sightings)[1]) == text(batch.sightings[1]));

  const auto timeline = reader.timeline("entra");
  REQUIRE(timeline);
  REQUIRE(timeline->has_value());
  CHECK(text(**timeline) == text(batch.timelines[0]));
  CHECK_FALSE(reader.timeline("okta")->has_value());
  CHECK(reader.timelines()->size() == 1);
}

TEST_CASE("A sighting without members is extended as it was stored", "[storage]") {
  const TemporaryDirectory directory;
  storage::Store store = open_store(directory.path());
  model::Batch batch;
  batch.sightings = {sighting("entra", "T1", 0, 60)};
  REQUIRE(store.commit(batch));
  batch.sightings[0].members.clear();
  batch.sightings[0].last = at(600);
  REQUIRE(store.commit(batch));
  const auto sightings = store.reader().sightings("entra");
  REQUIRE(sightings->size() == 1);
  CHECK(text(sightings->front()) == text(sighting("entra", "T1", 0, 600)));
}

TEST_CASE("Of rows with one identity in a group of batches the last one stays", "[storage]") {
  const TemporaryDirectory directory;
  storage::Store store = open_store(directory.path());
  model::Batch first, second;
  first.keys = {key("entra", "T1"), key("entra", "T1")};
  first.keys[1].absent_count = 1;
  second.keys = {key("entra", "T1")};
  second.keys[0].absent_count = 2;
  first.kids = {{"entra", "a", {"T1"}}};
  second.kids = {{"entra", "a", {"T2"}}};
  first.timelines.resize(1);
  first.timelines[0].authority = "entra";
  second.timelines = first.timelines;
  second.timelines[0].inconsistent = true;
  const model::Batch* const group[] = {&first, &second};
  REQUIRE(store.commit_group(group));
  CHECK(store.reader().keys("entra")->at(0).absent_count == 2);
  CHECK(store.reader().kids("entra")->at(0).last_thumbprints == std::set<std::string>{"T2"});
  CHECK((*store.reader().timeline("entra"))->inconsistent);
}

TEST_CASE("Documents are stored once, by their digest", "[storage]") {
  const TemporaryDirectory directory;
  model::Batch batch;
  const std::string bytes("{\"keys\":[]}\0\xFF", 13);
  batch.documents = {document(bytes), document(bytes), document("")};
  storage::Reader reader = stored(directory, batch);
  CHECK(value_of(reader.document(base::sha256_hex(bytes))) == std::optional<std::string>(bytes));
  CHECK(value_of(reader.document(base::sha256_hex(""))) == std::optional<std::string>(""));
  CHECK(value_of(reader.document(base::sha256_hex("other"))) == std::optional<std::string>());
  CHECK(value_of(reader.document("no digest")) == std::optional<std::string>());
}

TEST_CASE("Alerts are replaced by finding id, and removed", "[storage]") {
  const TemporaryDirectory directory;
  storage::Store store = open_store(directory.path());
  model::Batch batch;
  batch.alerts = {alert("authority-unreachable", "entra"), alert("keyset-empty", "okta")};
  REQUIRE(store.commit(batch));
  model::Batch change;
  change.alerts = {batch.alerts[0]};
  change.alerts[0].state = model::AlertState::kResolved;
  change.alerts[0].good_count = 2;
  change.alerts_removed = {batch.alerts[1].finding.id};
  REQUIRE(store.commit(change));
  const auto alerts = store.reader().alerts();
  REQUIRE(alerts);
  REQUIRE(alerts->size() == 1);
  CHECK(text(alerts->front()) == text(change.alerts[0]));
}

TEST_CASE("The outbox keeps the order in which messages were put in", "[storage]") {
  const TemporaryDirectory directory;
  storage::Store store = open_store(directory.path());
  model::Batch batch;
  batch.outbox = {message("m2", "oncall"), message("m1", "oncall"), message("m2", "chat")};
  REQUIRE(store.commit(batch));
  model::Batch change;
  change.outbox = {batch.outbox[0]};
  change.outbox[0].attempts = 7;
  change.outbox[0].next_attempt_at = at(9999);
  change.outbox_done = {{"m2", "chat"}, {"m9", "chat"}};
  REQUIRE(store.commit(change));
  const auto outbox = store.reader().outbox();
  REQUIRE(outbox);
  REQUIRE(outbox->size() == 2);
  CHECK(text((*outbox)[0]) == text(change.outbox[0]));
  CHECK(text((*outbox)[1]) == text(batch.outbox[1]));
  CHECK(store.reader().outbox_count() == 2);
}

TEST_CASE("Authorities are known by name, with the issuer that was seen last", "[storage]") {
  const TemporaryDirectory directory;
  storage::Store store = open_store(directory.path());
  model::Batch batch;
  batch.keys = {key("zillow", "T")};
  batch.spans = {span("entra", 0, 0)};
  REQUIRE(store.commit(batch));
  batch.spans[0].issuer = "https://new.example";
  batch.spans[0].first += std::chrono::minutes(1);
  batch.spans[0].last = batch.spans[0].first;
  REQUIRE(store.commit(batch));
  const auto all = store.reader().authorities();
  REQUIRE(all);
  REQUIRE(all->size() == 2);
  CHECK(all->at(0).name == "entra");
  CHECK(all->at(0).issuer == "https://new.example");
  CHECK(all->at(1).name == "zillow");
  CHECK((*store.reader().find_authority("https://new.example"))->name == "entra");
  CHECK_FALSE(store.reader().find_authority("https://entra.example")->has_value());
}

TEST_CASE("A batch that cannot be stored leaves nothing behind", "[storage]") {
  const TemporaryDirectory directory;
  storage::Store store = open_store(directory.path());
  model::Batch batch;
  batch.spans = {span("entra", 0, 0)};
  batch.events = {event(model::EventType::kKeysetEmpty, "entra", 0)};
  batch.notes = {{at(0), "import", "{\"ratio\":0.5}"}};
  const std::string head = store.head_hex();
  const auto refused = store.commit(batch);
  REQUIRE_FALSE(refused);
  CHECK_THAT(refused.error().text(), Catch::Contains("fraction"));
  CHECK(store.next_seq() == 1);
  CHECK(store.head_hex() == head);
  CHECK(store.reader().authorities()->empty());
  batch.notes[0].data = "{\"records\":5}";
  REQUIRE(store.commit(batch));
  CHECK(store.next_seq() == 3);
  CHECK(store.reader().verify_audit()->holds);
}

TEST_CASE("A document under a wrong digest and a digest that is none are refused", "[storage]") {
  const TemporaryDirectory directory;
  storage::Store store = open_store(directory.path());
  model::Batch batch;
  batch.documents = {document("a")};
  batch.documents[0].bytes = std::make_shared<const std::string>("b");
  CHECK_FALSE(store.commit(batch));
  batch = {};
  batch.spans = {span("entra", 0, 0)};
  batch.spans[0].jwks_sha256 = "abc";
  CHECK_FALSE(store.commit(batch));
  batch.spans[0].jwks_sha256.clear();
  CHECK(store.commit(batch));
}
