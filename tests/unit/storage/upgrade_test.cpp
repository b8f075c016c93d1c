// A database that an earlier version wrote: made by the migrations up to that version, filled with
// a row of every table, and opened by this one.
#include "sample.hpp"
#include "storage/keeper.hpp"
#include "storage/migrations.hpp"
#include "storage/reader.hpp"
#include "storage/schema.hpp"
#include "storage/sqlite.hpp"
#include "storage/upkeep.hpp"
#include "tests/fakes/fake_clock.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

using namespace idpwatch;
using namespace idpwatch::test;
namespace fs = std::filesystem;

namespace {

model::Batch rows() {
  model::Batch batch;
  const std::string body = R"({"keys":[]})";
  batch.documents = {document(body)};
  batch.spans = {span("entra", 0, 60, body), span("entra", 120, 180)};
  batch.keys = {key("entra", "t1")};
  batch.kids = {{"entra", "a", {"t1"}}};
  batch.sightings = {sighting("entra", "t1", 0, 60)};
  model::TimelineState state;
  state.authority = "entra";
  state.any_good = true;
  state.last_set = {"t1"};
  batch.timelines = {state};
  batch.events = {event(model::EventType::kKeyPublished, "entra", 0, "t1")};
  batch.alerts = {alert("keyset-empty", "entra")};
  batch.outbox = {message("m1", "oncall")};
  return batch;
}

std::string contents(storage::Reader& reader) {
  std::string out;
  const auto add = [&out](const auto& all) {
    for (const auto& each : all) out += text(each) + "\n";
  };
  add(value_of(reader.spans("entra", at(-1), at(10'000))));
  add(value_of(reader.keys("entra")));
  add(value_of(reader.kids("entra")));
  add(value_of(reader.sightings("entra")));
  add(value_of(reader.timelines()));
  add(value_of(reader.events({})));
  add(value_of(reader.alerts()));
  add(value_of(reader.outbox()));
  return out;
}

// The rows as this version writes them are put into a file of the earlier schema: what the
// migrations added since is dropped, and made again by the upgrade.
std::string make_of_version(const fs::path& file, int version) {
  std::string filled;
  {
    const TemporaryDirectory newest;
    storage::Store store = open_store(newest.path());
    REQUIRE(store.commit(rows()));
    filled = contents(store.reader());
    auto old = value_of(storage::Database::open(file, storage::Access::kCreate));
    const auto all = storage::migrations();
    REQUIRE(storage::configure_writer(*old, 64));
    REQUIRE(storage::migrate(*old, all.first(static_cast<std::size_t>(version))));
    REQUIRE(old->execute("ATTACH '" + newest.database().string() + "' AS filled"));
    for (const char* table : {"authority", "document", "fragment", "span", "key", "kid", "sighting",
                              "timeline", "audit", "event", "alert", "outbox"}) {
      const std::string name(table);
      REQUIRE(old->execute("INSERT INTO main." + name + " SELECT * FROM filled." + name));
    }
  }
  return filled;
}

std::int64_t version_of(const fs::path& file) {
  auto database = value_of(storage::Database::open(file, storage::Access::kReadOnly));
  return value_of(database->query_integer("PRAGMA user_version"));
}

}  // namespace

TEST_CASE("A database of each earlier version is brought up to date with all that is in it",
          "[upgrade]") {
  const auto all = storage::migrations();
  REQUIRE(all.size() >= 2);
  for (int version = 1; version < all.back().version; ++version) {
    INFO("from version " << version);
    const TemporaryDirectory home;
    const std::string before = make_of_version(home.database(), version);
    REQUIRE(version_of(home.database()) == version);
    const auto old = storage::check_database(home.path());
    REQUIRE(old);
    CHECK(old->problem.empty());
    CHECK(old->schema == version);
    // Those that only read say what to do, and change nothing.
    const auto unread = storage::Reader::open(home.path());
    REQUIRE_FALSE(unread);
    CHECK_THAT(unread.error().text(), Catch::Contains("is of an older idpwatch"));
    CHECK(version_of(home.database()) == version);
    {
      storage::Store store = open_store(home.path());
      CHECK(contents(store.reader()) == before);
      CHECK_FALSE(store.moved_aside());
      CHECK(value_of(store.reader().verify_audit()).holds);
      model::Batch more;
      more.events = {event(model::EventType::kKeyWithdrawn, "entra", 900, "t1")};
      CHECK(store.commit(more));
    }
    CHECK(version_of(home.database()) == all.back().version);
    const auto upgraded = storage::check_database(home.path());
    REQUIRE(upgraded);
    CHECK(upgraded->problem.empty());
  }
}

TEST_CASE("A copy of a database of an earlier version can be made before the upgrade",
          "[upgrade]") {
  const TemporaryDirectory home;
  const std::string before = make_of_version(home.database(), 1);
  const fs::path copy = home.path() / "copy.db";
  REQUIRE(storage::backup_database(home.path(), copy));
  CHECK(version_of(copy) == 1);
  const auto sound = storage::check_database(copy);
  REQUIRE(sound);
  CHECK(sound->problem.empty());
  storage::Store store = open_store(copy, storage::OpenMode::kExisting);
  CHECK(contents(store.reader()) == before);
}

TEST_CASE("A database of a newer version is refused with words and not touched", "[upgrade]") {
  const TemporaryDirectory home;
  {
    storage::Store store = open_store(home.path());
    REQUIRE(store.commit(rows()));
  }
  {
    auto database = value_of(storage::Database::open(home.database(), storage::Access::kReadWrite));
    REQUIRE(database->execute("PRAGMA user_version=999; CREATE TABLE later (x INTEGER) STRICT"));
    REQUIRE(database->execute("PRAGMA wal_checkpoint(TRUNCATE)"));
  }
  const std::string bytes = read_file(home.database());
  const auto refused = [](const auto& result) {
    REQUIRE_FALSE(result);
    CHECK(result.error().kind == base::ErrorKind::kConfig);
    CHECK_THAT(result.error().text(),
               Catch::Contains("has schema version 999, this idpwatch knows"));
    CHECK_THAT(result.error().text(), Catch::Contains("restore a backup"));
  };
  for (const auto mode :
       {storage::OpenMode::kDaemon, storage::OpenMode::kCreate, storage::OpenMode::kExisting}) {
    refused(storage::Store::open(home.path(), options(mode)));
  }
  {
    fakes::FakeClock clock;
    storage::Keeper keeper(home.path(), options(), clock);
    refused(keeper.open());
  }
  refused(storage::Reader::open(home.path()));
  refused(storage::check_database(home.path()));
  refused(storage::compact_database(home.path()));
  refused(storage::backup_database(home.path(), home.path() / "copy.db"));
  CHECK(read_file(home.database()) == bytes);
}

TEST_CASE("An upgrade that is killed leaves the old database or the new one", "[upgrade]") {
  const TemporaryDirectory made;
  {
    make_of_version(made.database(), 1);
    auto database = value_of(storage::Database::open(made.database(), storage::Access::kReadWrite));
    REQUIRE(database->execute(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
        " INSERT INTO span (authority_id, first_us, last_us, count, discovery_status, jwks_status,"
        " discovery_url, jwks_url, discovery_failure, jwks_failure, discovery_sha256, jwks_sha256,"
        " jwks_good, worst_us, typical_us)"
        " SELECT 1, i, i, 1, 200, 200, '', '', '', '', randomblob(32), randomblob(32), 1, 1, 1"
        " FROM n; PRAGMA wal_checkpoint(TRUNCATE)"));
  }
  const std::int64_t newest = storage::migrations().back().version;
  int old = 0, upgraded = 0;
  for (std::uint64_t turn = 0; turn < 12; ++turn) {
    const TemporaryDirectory home;
    fs::copy_file(made.database(), home.database());
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      const char ready = '1';
      if (::write(ends[1], &ready, 1) != 1) ::_exit(2);
      auto database = storage::Database::open(home.database(), storage::Access::kReadWrite);
      if (!database || !storage::configure_writer(**database, 64)) ::_exit(3);
      ::_exit(storage::migrate(**database, storage::migrations()) ? 0 : 4);
    }
    char ready = 0;
    REQUIRE(::read(ends[0], &ready, 1) == 1);
    std::atomic<std::uint64_t> turns = 0;
    while (turns < turn * 400'000) ++turns;
    if (turn < 11) ::kill(child, SIGKILL);  // the last one comes to its end
    REQUIRE(::waitpid(child, nullptr, 0) == child);
    ::close(ends[0]);
    ::close(ends[1]);
    const auto sound = storage::check_database(home.path());
    if (!sound) FAIL(sound.error().text());
    CHECK(sound->problem.empty());
    CHECK((sound->schema == 1 || sound->schema == newest));
    old += sound->schema == 1 ? 1 : 0;
    upgraded += sound->schema == newest ? 1 : 0;
    storage::Store store = open_store(home.path());
    CHECK_FALSE(store.moved_aside());
    CHECK(value_of(store.reader().spans("entra", at(-2'000'000'000), at(10'000))).size() == 20'002);
  }
  CHECK(old > 0);
  CHECK(upgraded > 0);
}
