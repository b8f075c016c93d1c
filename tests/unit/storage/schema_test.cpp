#include "storage/schema.hpp"

#include "sample.hpp"
#include "storage/migrations.hpp"
#include "storage/sqlite.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <span>

using namespace idpwatch;
using namespace idpwatch::test;

namespace {

std::unique_ptr<storage::Database> database(const std::filesystem::path& file) {
  auto opened = storage::Database::open(file, storage::Access::kCreate);
  REQUIRE(opened);
  return std::move(*opened);
}

std::string schema_of(storage::Database& database) {
  return *database.query_text(
      "SELECT group_concat(type || ' ' || name || ': ' || ifnull(sql, ''), char(10))"
      " FROM (SELECT * FROM sqlite_schema ORDER BY type, name)");
}

}  // namespace

TEST_CASE("schema.sql is the sum of the migrations", "[storage]") {
  const TemporaryDirectory directory;
  const auto migrated = database(directory.path() / "migrated.db");
  REQUIRE(storage::migrate(*migrated, storage::migrations()));
  const auto direct = database(directory.path() / "direct.db");
  REQUIRE(direct->execute(read_file(IDPWATCH_SOURCE_DIR "/storage/schema.sql")));
  CHECK(schema_of(*migrated) == schema_of(*direct));
  CHECK_THAT(schema_of(*migrated), Catch::Contains("audit_no_update"));
}

TEST_CASE("Migrations are numbered from 1 without gaps, every table is STRICT", "[storage]") {
  int version = 0;
  for (const storage::Migration& migration : storage::migrations()) {
    CHECK(migration.version == ++version);
  }
  const TemporaryDirectory directory;
  const auto migrated = database(directory.path() / "a.db");
  REQUIRE(storage::migrate(*migrated, storage::migrations()));
  CHECK(migrated->query_integer("SELECT count(*) FROM pragma_table_list WHERE schema = 'main'"
                                " AND name NOT LIKE 'sqlite_%' AND NOT strict") == 0);
}

TEST_CASE("Only missing migrations are applied, all of them or none", "[storage]") {
  const TemporaryDirectory directory;
  const auto db = database(directory.path() / "a.db");
  std::array<storage::Migration, 2> two{
      storage::Migration{1, "001_a", "CREATE TABLE a (x INT) STRICT"},
      storage::Migration{2, "002_b",
                         "CREATE TABLE b (x INT) STRICT; INSERT INTO nowhere VALUES (1)"}};
  REQUIRE(storage::migrate(*db, std::span(two).first(1)));
  const auto failed = storage::migrate(*db, two);
  REQUIRE_FALSE(failed);
  CHECK_THAT(failed.error().text(), Catch::StartsWith("migration 002_b: "));
  CHECK(db->query_integer("PRAGMA user_version") == 1);
  CHECK(db->query_integer("SELECT count(*) FROM sqlite_schema") == 1);
  const auto fresh = database(directory.path() / "fresh.db");
  REQUIRE_FALSE(storage::migrate(*fresh, two));
  CHECK(fresh->query_integer("PRAGMA user_version") == 0);
  CHECK(fresh->query_integer("SELECT count(*) FROM sqlite_schema") == 0);
  two[1].sql = "CREATE TABLE b (x INT) STRICT";
  REQUIRE(storage::migrate(*db, two));
  REQUIRE(storage::migrate(*db, two));
  CHECK(db->query_integer("PRAGMA user_version") == 2);
}

TEST_CASE("Errors of SQLite carry the name of the extended code", "[storage]") {
  const TemporaryDirectory directory;
  const auto db = database(directory.path() / "a.db");
  REQUIRE(
      db->execute("CREATE TABLE a (x INTEGER NOT NULL UNIQUE) STRICT; INSERT INTO a VALUES (1)"));
  const auto twice = db->execute("INSERT INTO a VALUES (1)");
  REQUIRE_FALSE(twice);
  CHECK_THAT(twice.error().message, Catch::StartsWith("SQLITE_CONSTRAINT_UNIQUE: "));
  CHECK(db->last_code() == 2067);
  const auto typed = db->execute("INSERT INTO a VALUES ('abc')");
  REQUIRE_FALSE(typed);
  CHECK_THAT(typed.error().message, Catch::StartsWith("SQLITE_CONSTRAINT_DATATYPE: "));
}

TEST_CASE("A transaction that is not committed is rolled back", "[storage]") {
  const TemporaryDirectory directory;
  const auto db = database(directory.path() / "a.db");
  REQUIRE(db->execute("CREATE TABLE a (x INTEGER) STRICT"));
  {
    auto transaction = storage::Transaction::begin_immediate(*db);
    REQUIRE(transaction);
    REQUIRE(db->execute("INSERT INTO a VALUES (1)"));
  }
  CHECK_FALSE(db->in_transaction());
  CHECK(db->query_integer("SELECT count(*) FROM a") == 0);
}
