#include "storage/reader.hpp"

#include "base/encoding.hpp"
#include "storage/fault.hpp"
#include "storage/migrations.hpp"
#include "storage/schema.hpp"
#include "storage/sqlite.hpp"
#include "storage/store.hpp"

#include <sqlite3.h>

#include <string>
#include <utility>

namespace idpwatch::storage {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::Result;
using base::Status;

namespace {

constexpr std::string_view kAuthorities = "SELECT name, issuer FROM authority ORDER BY name";
// A name goes before an issuer of the same text.
constexpr std::string_view kFindAuthority =
    "SELECT name, issuer FROM authority WHERE name = ?1 OR issuer = ?1"
    " ORDER BY name = ?1 DESC, name LIMIT 1";
constexpr std::string_view kDocument = "SELECT bytes FROM document WHERE sha256 = ?1";

// Each filter in a text of its own, so that each uses its index (the + keeps seq from being it).
constexpr std::string_view kEventsOfAll =
    "SELECT audit.record FROM event JOIN audit USING (seq)"
    " WHERE event.at_us BETWEEN ?1 AND ?2 AND +event.seq > ?3"
    " AND substr(event.type, 1, length(?6)) = ?6"
    " ORDER BY event.at_us, event.seq LIMIT ?4";
constexpr std::string_view kNewestOfAll =
    "SELECT audit.record FROM event JOIN audit USING (seq)"
    " WHERE event.at_us BETWEEN ?1 AND ?2 AND +event.seq > ?3"
    " AND substr(event.type, 1, length(?6)) = ?6"
    " AND (event.at_us, event.seq) < (?7, ?8)"
    " ORDER BY event.at_us DESC, event.seq DESC LIMIT ?4";
constexpr std::string_view kEventsOfOne =
    "SELECT audit.record FROM event JOIN audit USING (seq)"
    " WHERE event.at_us BETWEEN ?1 AND ?2 AND +event.seq > ?3"
    " AND substr(event.type, 1, length(?6)) = ?6"
    " AND event.authority_id = (SELECT id FROM authority WHERE name = ?5)"
    " ORDER BY event.at_us, event.seq LIMIT ?4";
constexpr std::string_view kNewestOfOne =
    "SELECT audit.record FROM event JOIN audit USING (seq)"
    " WHERE event.at_us BETWEEN ?1 AND ?2 AND +event.seq > ?3"
    " AND substr(event.type, 1, length(?6)) = ?6"
    " AND (event.at_us, event.seq) < (?7, ?8)"
    " AND event.authority_id = (SELECT id FROM authority WHERE name = ?5)"
    " ORDER BY event.at_us DESC, event.seq DESC LIMIT ?4";

std::string_view events_query(const EventFilter& filter) {
  if (filter.authority.empty()) return filter.newest_first ? kNewestOfAll : kEventsOfAll;
  return filter.newest_first ? kNewestOfOne : kEventsOfOne;
}

// Without write permission SQLite cannot make the shared memory of a closed WAL database; with
// neither -wal nor -shm there, nobody has it open and it may be read as it is.
Result<std::unique_ptr<Database>> open_read_only(const fs::path& file) {
  Result<std::unique_ptr<Database>> database = Database::open(file, Access::kReadOnly);
  if (!database) return database;
  const Result<std::int64_t> version = (*database)->query_integer("PRAGMA user_version");
  if (version) return database;
  std::error_code ignored;
  const bool open_elsewhere = fs::exists(file.string() + "-wal", ignored);
  const int primary = (*database)->last_code() & 0xFF;
  if ((primary == SQLITE_CANTOPEN || primary == SQLITE_READONLY) && !open_elsewhere) {
    return Database::open_immutable(file);
  }
  return base::fail(version.error());
}

// Of this version, or an error.
Result<Reader> reader_of(std::unique_ptr<Database> database, const fs::path& file) {
  const int newest = migrations().back().version;
  Result<Identity> identity = identify(*database, newest);
  if (!identity) return base::fail(std::move(identity.error()).in(file.string()));
  if (*identity == Identity::kEmpty) {
    return base::fail(ErrorKind::kNotFound, file.string() + " is still empty",
                      "the daemon or `idpwatch import` fills it");
  }
  const Result<std::int64_t> version = database->query_integer("PRAGMA user_version");
  if (version && *version < newest) {
    return base::fail(ErrorKind::kConfig, file.string() + " is of an older idpwatch",
                      "start the daemon of this version once: it brings the file up to date");
  }
  return Reader(std::shared_ptr<Database>(std::move(database)));
}

}  // namespace

std::string_view to_text(KeyState state) {
  switch (state) {
    case KeyState::kLive:
      return "live";
    case KeyState::kAbsent:
      return "absent";
    case KeyState::kWithdrawn:
      return "withdrawn";
  }
  return "live";
}

Result<Reader> Reader::open(const fs::path& path) {
  const fs::path file = database_file(path);
  Result<std::unique_ptr<Database>> database = open_read_only(file);
  if (!database) return base::fail(std::move(database.error()).in(file.string()));
  return reader_of(std::move(*database), file);
}

// In exclusive mode SQLite keeps the index of the log in its own memory.
Result<Reader> Reader::open_alone(const fs::path& file) {
  Result<std::unique_ptr<Database>> database = Database::open(file, Access::kReadWrite);
  if (database) {
    (*database)->keep_wal_on_close();
    const Status alone = (*database)->execute("PRAGMA locking_mode=EXCLUSIVE");
    if (alone && (*database)->query_integer("SELECT count(*) FROM sqlite_schema")) {
      return reader_of(std::move(*database), file);
    }
  }
  database = Database::open_immutable(file);
  if (!database) return base::fail(database.error());
  return reader_of(std::move(*database), file);
}

Result<Reader> Reader::of_nothing() {
  Result<std::unique_ptr<Database>> database = Database::open_in_memory();
  if (!database) return base::fail(database.error());
  if (Status made = migrate(**database, migrations()); !made) return base::fail(made.error());
  return Reader(std::shared_ptr<Database>(std::move(*database)));
}

Reader::Reader(std::shared_ptr<Database> database) : database_(std::move(database)) {}

void Reader::give_up_when(std::function<bool()> enough) {
  database_->give_up_when(std::move(enough));
}

Result<std::vector<AuthorityInfo>> Reader::authorities() {
  std::vector<AuthorityInfo> out;
  Statement& rows = database_->cached(kAuthorities);
  const ResetGuard guard(rows);
  rows.bind();
  for (;;) {
    const Result<bool> row = rows.step();
    if (!row) return base::fail(row.error());
    if (!*row) return out;
    out.push_back({rows.text(0), rows.text(1)});
  }
}

Result<std::optional<AuthorityInfo>> Reader::find_authority(std::string_view name_or_issuer) {
  Statement& rows = database_->cached(kFindAuthority);
  const ResetGuard guard(rows);
  const Result<bool> row = rows.bind(name_or_issuer).step();
  if (!row) return base::fail(row.error());
  if (!*row) return std::optional<AuthorityInfo>();
  return std::optional<AuthorityInfo>({rows.text(0), rows.text(1)});
}

Result<std::vector<model::Event>> Reader::events(const EventFilter& filter) {
  constexpr std::int64_t kEver = INT64_MAX;
  const std::int64_t since = filter.since ? base::to_unix_micros(*filter.since) : INT64_MIN;
  const std::int64_t until = filter.until ? base::to_unix_micros(*filter.until) : kEver;
  const auto limit = filter.limit == 0 ? std::int64_t{-1} : static_cast<std::int64_t>(filter.limit);
  std::vector<model::Event> out;
  Statement& rows = database_->cached(events_query(filter));
  const ResetGuard guard(rows);
  if (filter.newest_first) {
    const std::int64_t before_at =
        filter.before ? base::to_unix_micros(filter.before->first) : kEver;
    const std::int64_t before_seq = filter.before ? filter.before->second : kEver;
    rows.bind(since, until, filter.after_seq, limit, filter.authority, filter.type, before_at,
              before_seq);
  } else {
    rows.bind(since, until, filter.after_seq, limit, filter.authority, filter.type);
  }
  for (;;) {
    const Result<bool> row = rows.step();
    if (!row) return base::fail(row.error());
    if (!*row) return out;
    Result<model::Event> event = event_of_record(rows.view(0));
    if (!event) return base::fail(event.error());
    out.push_back(std::move(*event));
  }
}

Result<std::optional<std::string>> Reader::document(std::string_view sha256_hex) {
  const std::optional<std::string> raw = base::hex_decode(sha256_hex);
  if (!raw) return std::optional<std::string>();
  Statement& rows = database_->cached(kDocument);
  const ResetGuard guard(rows);
  const Result<bool> row = rows.bind(Blob{*raw}).step();
  if (!row) return base::fail(row.error());
  if (!*row) return std::optional<std::string>();
  return std::optional<std::string>(rows.text(0));
}

bool Reader::says_damage(const base::Error& error) const {
  if (error.kind == ErrorKind::kBusy || error.kind == ErrorKind::kNotFound) return false;
  // Without a code of SQLite's it is a row that cannot be read.
  const int code = database_->last_code();
  return code == 0 || is_damage(code);
}

Result<AuditReport> Reader::verify_audit(std::string_view known_head) {
  return verify_chain(*database_, known_head);
}

Status Reader::export_audit(const LineSink& sink) { return export_chain(*database_, sink); }

}  // namespace idpwatch::storage
