#include "storage/schema.hpp"

#include "storage/sqlite.hpp"

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>

namespace idpwatch::storage {

using base::ErrorKind;
using base::Result;
using base::Status;

Result<Identity> identify(Database& database, int newest) {
  const Result<std::int64_t> application = database.query_integer("PRAGMA application_id");
  if (!application) return base::fail(application.error());
  const Result<std::int64_t> version = database.query_integer("PRAGMA user_version");
  if (!version) return base::fail(version.error());
  const Result<std::int64_t> objects = database.query_integer("SELECT count(*) FROM sqlite_schema");
  if (!objects) return base::fail(objects.error());

  if (*application == 0 && *version == 0 && *objects == 0) return Identity::kEmpty;
  if (*application != kApplicationId) {
    return base::fail(ErrorKind::kConfig,
                      "this is the database of another program (application_id " +
                          std::to_string(*application) + ")",
                      "name a file of idpwatch, or another state_dir");
  }
  if (*version > newest) {
    return base::fail(ErrorKind::kConfig,
                      "the database has schema version " + std::to_string(*version) +
                          ", this idpwatch knows up to " + std::to_string(newest),
                      "use the newer idpwatch that wrote it, or restore a backup made before");
  }
  return Identity::kOurs;
}

Status configure_writer(Database& database, int cache_kib) {
  const Result<std::string> mode = database.query_text("PRAGMA journal_mode=WAL");
  if (!mode) return base::fail(mode.error());
  if (*mode != "wal") {
    return base::fail(ErrorKind::kStorage,
                      "SQLite refuses write-ahead logging here (" + *mode + ")",
                      "state_dir must be on a local file system");
  }
  // The WAL is written back at the size to which it is cut.
  return database.execute("PRAGMA cache_size=-" + std::to_string(cache_kib) +
                          "; PRAGMA wal_autocheckpoint=4000; PRAGMA synchronous=FULL;"
                          "PRAGMA foreign_keys=ON; PRAGMA recursive_triggers=ON;"
                          "PRAGMA trusted_schema=OFF; PRAGMA journal_size_limit=16777216");
}

// All that is missing or nothing of it: an older idpwatch can go on with a file whose upgrade was
// cut off.
Status migrate(Database& database, std::span<const Migration> all) {
  const Result<std::int64_t> version = database.query_integer("PRAGMA user_version");
  if (!version) return base::fail(version.error());
  if (all.empty() || all.back().version <= *version) return base::Ok{};
  Result<Transaction> transaction = Transaction::begin_immediate(database);
  if (!transaction) return base::fail(transaction.error());
  for (const Migration& migration : all) {
    if (migration.version <= *version) continue;
    if (Status done = database.execute(migration.sql); !done) {
      return base::fail(std::move(done.error()).in("migration " + std::string(migration.name)));
    }
  }
  const Status marked =
      database.execute("PRAGMA application_id=" + std::to_string(kApplicationId) +
                       "; PRAGMA user_version=" + std::to_string(all.back().version));
  if (!marked) return marked;
  return transaction->commit();
}

namespace {

// type, name and text of each table, index and trigger; SQLite's own indexes have no text.
Result<std::set<std::string>> objects_of(Database& database) {
  std::set<std::string> out;
  Statement rows(database, "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL");
  rows.bind();
  for (;;) {
    const Result<bool> row = rows.step();
    if (!row) return base::fail(row.error());
    if (!*row) return out;
    out.insert(rows.text(0) + ' ' + rows.text(1) + ' ' + rows.text(2));
  }
}

}  // namespace

Result<bool> has_our_schema(Database& database, std::span<const Migration> all) {
  const Result<std::int64_t> version = database.query_integer("PRAGMA user_version");
  if (!version) return base::fail(version.error());
  const auto its = std::ranges::upper_bound(all, *version, {}, &Migration::version);
  Result<std::unique_ptr<Database>> model = Database::open_in_memory();
  if (!model) return base::fail(model.error());
  const auto until = static_cast<std::size_t>(its - all.begin());
  if (Status made = migrate(**model, all.first(until)); !made) return base::fail(made.error());
  const Result<std::set<std::string>> wanted = objects_of(**model);
  if (!wanted) return base::fail(wanted.error());
  const Result<std::set<std::string>> found = objects_of(database);
  if (!found) return base::fail(found.error());
  return std::ranges::includes(*found, *wanted);
}

}  // namespace idpwatch::storage
