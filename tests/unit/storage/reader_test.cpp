#include "storage/reader.hpp"

#include "sample.hpp"

#include <catch2/catch.hpp>

#include <sys/stat.h>
#include <unistd.h>

using namespace idpwatch;
using namespace idpwatch::test;
using model::EventType;

namespace {

std::vector<std::int64_t> seqs(const base::Result<std::vector<model::Event>>& events) {
  if (!events) FAIL(events.error().text());
  std::vector<std::int64_t> out;
  for (const model::Event& event : *events) out.push_back(event.seq);
  return out;
}

using Seqs = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("Events come back with their seq, in order of time", "[storage]") {
  const TemporaryDirectory directory;
  storage::Store store = open_store(directory.path());
  model::Batch batch;
  batch.events = {event(EventType::kKeyPublished, "entra", 10, "T1"),
                  event(EventType::kKeysetEmpty, "okta", 30),
                  event(EventType::kKeyPublished, "entra", 20, "T2"),
                  event(EventType::kClockStep, "", 25)};
  batch.events[3].deployment = "orders-api";
  batch.notes = {{at(40), "start", "{}"}};
  const auto done = store.commit(batch);
  REQUIRE(done);
  CHECK(done->event_seqs == Seqs{1, 2, 3, 4});
  CHECK(store.next_seq() == 6);

  storage::Reader& reader = store.reader();
  CHECK(seqs(reader.events({})) == Seqs{1, 3, 4, 2});
  for (const model::Event& back : value_of(reader.events({}))) {
    model::Event put = batch.events[static_cast<std::size_t>(back.seq - 1)];
    put.seq = back.seq;
    CHECK(text(back) == text(put));
  }
  storage::EventFilter filter;
  filter.authority = "entra";
  CHECK(seqs(reader.events(filter)) == Seqs{1, 3});
  filter.since = at(11);
  CHECK(seqs(reader.events(filter)) == Seqs{3});
  filter.authority = "nobody";
  CHECK(seqs(reader.events(filter)).empty());
  filter = {};
  filter.since = at(20);
  filter.until = at(25);
  CHECK(seqs(reader.events(filter)) == Seqs{3, 4});
  filter = {};
  filter.limit = 2;
  CHECK(seqs(reader.events(filter)) == Seqs{1, 3});
  filter.newest_first = true;
  CHECK(seqs(reader.events(filter)) == Seqs{2, 4});
  filter.authority = "entra";
  filter.limit = 1;
  CHECK(seqs(reader.events(filter)) == Seqs{3});
  filter = {};
  filter.after_seq = 2;
  CHECK(seqs(reader.events(filter)) == Seqs{3, 4});
}

TEST_CASE("Events come in pages, each once, and by type", "[storage]") {
  const TemporaryDirectory directory;
  storage::Store store = open_store(directory.path());
  model::Batch batch;
  for (int i = 0; i < 50; ++i) {
    // Many at one instant: a page may end between them.
    batch.events.push_back(
        event(i % 5 == 0 ? EventType::kKeysetEmpty : EventType::kKeyPublished, "entra", i / 10));
  }
  REQUIRE(store.commit(batch));
  storage::Reader& reader = store.reader();
  storage::EventFilter filter;
  filter.newest_first = true;
  filter.limit = 7;
  Seqs all;
  for (;;) {
    const auto page = value_of(reader.events(filter));
    if (page.empty()) break;
    for (const model::Event& each : page) all.push_back(each.seq);
    filter.before = std::pair(page.back().at, page.back().seq);
  }
  Seqs expected = seqs(reader.events({}));
  REQUIRE(expected.size() == 50);
  std::ranges::reverse(expected);
  CHECK(all == expected);
  filter = {};
  filter.type = "keyset.empty";
  CHECK(seqs(reader.events(filter)).size() == 10);
  filter.type = "key.";
  CHECK(seqs(reader.events(filter)).size() == 40);
}

TEST_CASE("A question that takes too long is ended, and the next one is answered", "[storage]") {
  const TemporaryDirectory directory;
  storage::Store store = open_store(directory.path());
  model::Batch batch;
  for (int i = 0; i < 3000; ++i)
    batch.events.push_back(event(EventType::kKeyPublished, "entra", i));
  REQUIRE(store.commit(batch));
  auto reader = storage::Reader::open(directory.path());
  REQUIRE(reader);
  int asked = 0;
  reader->give_up_when([&asked] { return ++asked > 1; });
  const auto ended = reader->events({});
  REQUIRE_FALSE(ended);
  CHECK(ended.error().kind == base::ErrorKind::kBusy);
  reader->give_up_when({});
  CHECK(value_of(reader->events({})).size() == 3000);
}

TEST_CASE("A reader sees each commit of the writer beside it", "[storage]") {
  const TemporaryDirectory directory;
  storage::Store store = open_store(directory.path());
  auto reader = storage::Reader::open(directory.path());
  REQUIRE(reader);
  for (int i = 1; i <= 20; ++i) {
    model::Batch batch;
    batch.events = {event(EventType::kKeysetEmpty, "entra", i)};
    REQUIRE(store.commit(batch));
    CHECK(reader->events({})->size() == static_cast<std::size_t>(i));
  }
  // Nothing that the reader did holds the WAL back.
  REQUIRE(store.checkpoint());
  CHECK(std::filesystem::file_size(directory.database().string() + "-wal") == 0);
}

TEST_CASE("A cleanly closed database is read, also where nothing may be written", "[storage]") {
  const TemporaryDirectory directory;
  {
    storage::Store store = open_store(directory.path());
    model::Batch batch;
    batch.events = {event(EventType::kKeysetEmpty, "entra", 1)};
    REQUIRE(store.commit(batch));
  }
  {
    auto reader = storage::Reader::open(directory.path());
    REQUIRE(reader);
    CHECK(reader->events({})->size() == 1);
  }
  if (::geteuid() == 0) return;  // root writes everywhere
  REQUIRE(::chmod(directory.path().c_str(), 0500) == 0);
  auto reader = storage::Reader::open(directory.path());
  CHECK(reader);
  if (reader) CHECK(reader->events({})->size() == 1);
  REQUIRE(::chmod(directory.path().c_str(), 0700) == 0);
}

TEST_CASE("A reader makes nothing and says what is missing", "[storage]") {
  const TemporaryDirectory directory;
  const auto none = storage::Reader::open(directory.path());
  REQUIRE_FALSE(none);
  CHECK(none.error().kind == base::ErrorKind::kNotFound);
  CHECK(std::filesystem::is_empty(directory.path()));
  write_file(directory.database(), "");
  const auto empty = storage::Reader::open(directory.path());
  REQUIRE_FALSE(empty);
  CHECK(empty.error().kind == base::ErrorKind::kNotFound);
  write_file(directory.database(), std::string(8192, '\x55'));
  const auto damaged = storage::Reader::open(directory.path());
  REQUIRE_FALSE(damaged);
  CHECK_THAT(damaged.error().text(), Catch::Contains("SQLITE_NOTADB"));
}
