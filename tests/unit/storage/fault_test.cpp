// The disk is full, the file is read-only, somebody else writes: what a commit says, and that
// nothing is lost or left half.
#include "sample.hpp"
#include "storage/reader.hpp"
#include "storage/sqlite.hpp"
#include "storage/storage_thread.hpp"

#include <catch2/catch.hpp>
#include <sqlite3.h>

using namespace idpwatch;
using namespace idpwatch::test;

namespace {

model::Batch big(int number) {
  model::Batch batch;
  batch.documents = {document("document " + std::to_string(number) + std::string(40'000, 'x'))};
  batch.events = {event(model::EventType::kKeysetEmpty, "entra", number)};
  return batch;
}

}  // namespace

TEST_CASE("A full disk is a fault that can pass; what was committed stays", "[storage]") {
  const TemporaryDirectory directory;
  int stored = 0;
  {
    storage::OpenOptions limited = options();
    limited.pages_max = 200;
    auto store = storage::Store::open(directory.path(), limited);
    REQUIRE(store);
    for (;;) {
      const model::Batch batch = big(stored);
      const model::Batch* const one = &batch;
      const auto done = store->commit_group({&one, 1});
      if (!done) {
        CHECK(done.error().what == storage::FaultClass::kRetry);
        CHECK(done.error().code == SQLITE_FULL);
        CHECK_THAT(done.error().error.text(), Catch::Contains("free space"));
        break;
      }
      ++stored;
    }
    CHECK(stored > 3);
    CHECK(store->next_seq() == stored + 1);
    CHECK(store->reader().verify_audit()->holds);
    model::Batch small;  // what fits is stored still
    small.notes = {{at(0), "start", "{}"}};
    CHECK(store->commit(small));
  }
  storage::Store store = open_store(directory.path());
  CHECK(store.reader().events({})->size() == static_cast<std::size_t>(stored));
  CHECK(store.commit(big(stored)));
  CHECK(store.reader().verify_audit()->records == stored + 3);
}

TEST_CASE("A writer that somebody else keeps out reports busy", "[storage]") {
  const TemporaryDirectory directory;
  storage::Store store = open_store(directory.path());
  auto other = storage::Database::open(directory.database(), storage::Access::kReadWrite);
  REQUIRE(other);
  model::Batch batch;
  batch.notes = {{at(0), "start", "{}"}};
  {
    auto held = storage::Transaction::begin_immediate(**other);
    REQUIRE(held);
    // The time-out is the writer's; another handle's answer comes at once.
    auto third = storage::Database::open(directory.database(), storage::Access::kReadWrite);
    REQUIRE(third);
    sqlite3_busy_timeout((*third)->handle(), 0);
    const auto refused = storage::Transaction::begin_immediate(**third);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == base::ErrorKind::kBusy);
  }
  CHECK(store.commit(batch));
}

TEST_CASE("A read-only connection refuses to write, by name", "[storage]") {
  const TemporaryDirectory directory;
  const storage::Store store = open_store(directory.path());
  auto db = storage::Database::open(directory.database(), storage::Access::kReadOnly);
  REQUIRE(db);
  const auto refused = (*db)->execute("DELETE FROM outbox");
  REQUIRE_FALSE(refused);
  CHECK_THAT(refused.error().message, Catch::StartsWith("SQLITE_READONLY"));
  CHECK_THAT(refused.error().hint, Catch::Contains("permissions"));
}
