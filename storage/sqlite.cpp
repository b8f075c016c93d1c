#include "storage/sqlite.hpp"

#include "base/assert.hpp"

#include <sqlite3.h>

#include <array>
#include <string>
#include <utility>

namespace idpwatch::storage {

using base::ErrorKind;
using base::Result;
using base::Status;

namespace {

// Another process may hold the write lock for the moment of a commit or a recovery.
constexpr int kBusyTimeoutMs = 5000;

struct CodeName {
  int code;
  std::string_view name;
};

constexpr std::array kCodeNames{
    CodeName{SQLITE_ERROR, "SQLITE_ERROR"},
    CodeName{SQLITE_PERM, "SQLITE_PERM"},
    CodeName{SQLITE_BUSY, "SQLITE_BUSY"},
    CodeName{SQLITE_BUSY_RECOVERY, "SQLITE_BUSY_RECOVERY"},
    CodeName{SQLITE_BUSY_SNAPSHOT, "SQLITE_BUSY_SNAPSHOT"},
    CodeName{SQLITE_LOCKED, "SQLITE_LOCKED"},
    CodeName{SQLITE_NOMEM, "SQLITE_NOMEM"},
    CodeName{SQLITE_READONLY, "SQLITE_READONLY"},
    CodeName{SQLITE_READONLY_DBMOVED, "SQLITE_READONLY_DBMOVED"},
    CodeName{SQLITE_READONLY_CANTINIT, "SQLITE_READONLY_CANTINIT"},
    CodeName{SQLITE_READONLY_DIRECTORY, "SQLITE_READONLY_DIRECTORY"},
    CodeName{SQLITE_IOERR, "SQLITE_IOERR"},
    CodeName{SQLITE_IOERR_READ, "SQLITE_IOERR_READ"},
    CodeName{SQLITE_IOERR_SHORT_READ, "SQLITE_IOERR_SHORT_READ"},
    CodeName{SQLITE_IOERR_WRITE, "SQLITE_IOERR_WRITE"},
    CodeName{SQLITE_IOERR_FSYNC, "SQLITE_IOERR_FSYNC"},
    CodeName{SQLITE_CORRUPT, "SQLITE_CORRUPT"},
    CodeName{SQLITE_FULL, "SQLITE_FULL"},
    CodeName{SQLITE_CANTOPEN, "SQLITE_CANTOPEN"},
    CodeName{SQLITE_TOOBIG, "SQLITE_TOOBIG"},
    CodeName{SQLITE_CONSTRAINT, "SQLITE_CONSTRAINT"},
    CodeName{SQLITE_CONSTRAINT_CHECK, "SQLITE_CONSTRAINT_CHECK"},
    CodeName{SQLITE_CONSTRAINT_DATATYPE, "SQLITE_CONSTRAINT_DATATYPE"},
    CodeName{SQLITE_CONSTRAINT_FOREIGNKEY, "SQLITE_CONSTRAINT_FOREIGNKEY"},
    CodeName{SQLITE_CONSTRAINT_NOTNULL, "SQLITE_CONSTRAINT_NOTNULL"},
    CodeName{SQLITE_CONSTRAINT_PRIMARYKEY, "SQLITE_CONSTRAINT_PRIMARYKEY"},
    CodeName{SQLITE_CONSTRAINT_TRIGGER, "SQLITE_CONSTRAINT_TRIGGER"},
    CodeName{SQLITE_CONSTRAINT_UNIQUE, "SQLITE_CONSTRAINT_UNIQUE"},
    CodeName{SQLITE_MISUSE, "SQLITE_MISUSE"},
    CodeName{SQLITE_NOTADB, "SQLITE_NOTADB"},
};

int primary(int code) { return code & 0xFF; }

std::string hint_of(int code) {
  switch (primary(code)) {
    case SQLITE_FULL:
      return "free space on the disk, or raise the quota";
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
      return "check owner and permissions of the state directory, and that it is not mounted "
             "read-only";
    case SQLITE_IOERR:
      return "check the disk and the kernel log";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return "the file is damaged: at its next start the daemon moves it aside and starts a new "
             "one";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "another process is writing to the database: only one idpwatch may";
    default:
      return {};
  }
}

ErrorKind kind_of(int code) {
  const bool busy = primary(code) == SQLITE_BUSY || primary(code) == SQLITE_LOCKED ||
                    primary(code) == SQLITE_INTERRUPT;
  return busy ? ErrorKind::kBusy : ErrorKind::kStorage;
}

// RFC 3986: what a path may hold and a URI may not.
std::string uri_path(const std::filesystem::path& file) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : file.string()) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '%' || c == '?' || c == '#') {
      out += {'%', kHex[byte >> 4U], kHex[byte & 0xFU]};
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

std::string code_name(int extended_code) {
  for (const CodeName& known : kCodeNames) {
    if (known.code == extended_code) return std::string(known.name);
  }
  for (const CodeName& known : kCodeNames) {
    if (known.code == primary(extended_code)) {
      return std::string(known.name) + "_" + std::to_string(extended_code >> 8);
    }
  }
  return "SQLITE_" + std::to_string(extended_code);
}

// --- Statement ---

Statement::Statement(Database& database, std::string_view sql) : database_(&database), sql_(sql) {}

Statement::~Statement() { sqlite3_finalize(statement_); }

void Statement::note(int code) {
  if (code != SQLITE_OK && failed_ == SQLITE_OK) failed_ = code;
}

void Statement::start() {
  failed_ = SQLITE_OK;
  if (statement_ == nullptr) {
    note(sqlite3_prepare_v3(database_->handle(), sql_.data(), static_cast<int>(sql_.size()),
                            SQLITE_PREPARE_PERSISTENT, &statement_, nullptr));
    return;
  }
  sqlite3_reset(statement_);
}

void Statement::put(int index, std::int64_t value) {
  note(sqlite3_bind_int64(statement_, index, value));
}

// A null pointer would bind NULL: an empty text is not that. The bytes live until the statement
// has run, so SQLite need not copy them (a null destructor is SQLITE_STATIC).
void Statement::put(int index, std::string_view text) {
  note(sqlite3_bind_text64(statement_, index, text.empty() ? "" : text.data(), text.size(), nullptr,
                           SQLITE_UTF8));
}

void Statement::put(int index, Blob blob) {
  const std::string_view bytes = blob.bytes;
  note(sqlite3_bind_blob64(statement_, index, bytes.empty() ? "" : bytes.data(), bytes.size(),
                           nullptr));
}

void Statement::put(int index, std::nullptr_t) { note(sqlite3_bind_null(statement_, index)); }

Result<bool> Statement::step() {
  if (statement_ == nullptr && failed_ == SQLITE_OK) start();
  if (failed_ != SQLITE_OK) return base::fail(database_->error(failed_));
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    sqlite3_reset(statement_);
    return false;
  }
  base::Error error = database_->error(sqlite3_extended_errcode(database_->handle()));
  sqlite3_reset(statement_);
  return base::fail(std::move(error));
}

Status Statement::run() {
  for (;;) {
    const Result<bool> row = step();
    if (!row) return base::fail(row.error());
    if (!*row) return base::Ok{};
  }
}

void Statement::reset() {
  if (statement_ != nullptr) sqlite3_reset(statement_);
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

std::string_view Statement::view(int column) const {
  const void* bytes = sqlite3_column_blob(statement_, column);
  const int length = sqlite3_column_bytes(statement_, column);
  if (bytes == nullptr || length <= 0) return {};
  return {static_cast<const char*>(bytes), static_cast<std::size_t>(length)};
}

std::string Statement::text(int column) const { return std::string(view(column)); }

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

base::Instant Statement::instant(int column) const {
  return base::from_unix_micros(integer(column));
}

std::optional<base::Instant> Statement::optional_instant(int column) const {
  if (is_null(column)) return std::nullopt;
  return instant(column);
}

// --- Database ---

Result<std::unique_ptr<Database>> Database::open_uri(const std::string& name, int flags) {
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(
      name.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI | SQLITE_OPEN_EXRESCODE,
      nullptr);
  IDPWATCH_ASSERT(handle != nullptr);
  std::unique_ptr<Database> database(new Database(handle));
  if (code != SQLITE_OK) return base::fail(database->error(code));
  sqlite3_busy_timeout(handle, kBusyTimeoutMs);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  if ((flags & SQLITE_OPEN_READONLY) != 0) database->keep_wal_on_close();
  return database;
}

Result<std::unique_ptr<Database>> Database::open(const std::filesystem::path& file, Access access) {
  std::error_code ignored;
  const std::filesystem::file_status found = std::filesystem::status(file, ignored);
  if (access != Access::kCreate && !std::filesystem::exists(found)) {
    return base::fail(ErrorKind::kNotFound, "there is no database " + file.string());
  }
  // A FIFO would be waited for.
  if (std::filesystem::exists(found) && !std::filesystem::is_regular_file(found)) {
    return base::fail(ErrorKind::kConfig, file.string() + " is not a regular file",
                      "name a database of idpwatch, or the state_dir that holds it");
  }
  int flags = SQLITE_OPEN_READONLY;
  if (access == Access::kReadWrite) flags = SQLITE_OPEN_READWRITE;
  if (access == Access::kCreate) flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  return open_uri("file:" + uri_path(std::filesystem::absolute(file)), flags);
}

Result<std::unique_ptr<Database>> Database::open_immutable(const std::filesystem::path& file) {
  return open_uri("file:" + uri_path(std::filesystem::absolute(file)) + "?immutable=1",
                  SQLITE_OPEN_READONLY);
}

Result<std::unique_ptr<Database>> Database::open_in_memory() {
  return open_uri(":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
}

Database::~Database() {
  statements_.clear();  // before the connection that they belong to
  sqlite3_close_v2(handle_);
}

base::Error Database::error(int code) {
  last_code_ = code;
  // The connection's text is of its last call; the code's own text when they differ.
  const bool same = primary(sqlite3_errcode(handle_)) == primary(code);
  const char* what = same ? sqlite3_errmsg(handle_) : sqlite3_errstr(code);
  return base::make_error(kind_of(code), code_name(code) + ": " + what, hint_of(code));
}

Status Database::execute(std::string_view sql) {
  const int code = sqlite3_exec(handle_, std::string(sql).c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return base::fail(error(sqlite3_extended_errcode(handle_)));
  return base::Ok{};
}

Result<std::string> Database::query_text(std::string_view sql) {
  Statement statement(*this, sql);
  const Result<bool> row = statement.bind().step();
  if (!row) return base::fail(row.error());
  return *row ? statement.text(0) : std::string();
}

Result<std::int64_t> Database::query_integer(std::string_view sql) {
  Statement statement(*this, sql);
  const Result<bool> row = statement.bind().step();
  if (!row) return base::fail(row.error());
  return *row ? statement.integer(0) : 0;
}

Statement& Database::cached(std::string_view sql) {
  std::unique_ptr<Statement>& slot = statements_[sql];
  if (!slot) slot = std::make_unique<Statement>(*this, sql);
  return *slot;
}

void Database::keep_wal_on_close() {
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

void Database::give_up_when(std::function<bool()> enough) {
  constexpr int kSteps = 4096;
  enough_ = std::move(enough);
  sqlite3_progress_handler(
      handle_, enough_ ? kSteps : 0,
      [](void* self) { return static_cast<Database*>(self)->enough_() ? 1 : 0; }, this);
}

std::int64_t Database::last_insert_id() const { return sqlite3_last_insert_rowid(handle_); }

std::int64_t Database::changes() const { return sqlite3_changes64(handle_); }

bool Database::in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }

// --- Transaction ---

Result<Transaction> Transaction::begin_immediate(Database& database) {
  const Status begun = database.cached("BEGIN IMMEDIATE").bind().run();
  if (!begun) return base::fail(begun.error());
  return Transaction(database);
}

Result<Transaction> Transaction::begin_read(Database& database) {
  const Status begun = database.cached("BEGIN").bind().run();
  if (!begun) return base::fail(begun.error());
  return Transaction(database);
}

Transaction::Transaction(Transaction&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)) {}

// After SQLITE_FULL and the like SQLite has rolled back already.
Transaction::~Transaction() {
  if (database_ == nullptr || !database_->in_transaction()) return;
  const int code = database_->last_code();
  const Status rolled_back = database_->cached("ROLLBACK").bind().run();
  if (rolled_back || code == 0) return;
  (void)database_->error(code);  // the first failure is the one that tells why
}

Status Transaction::commit() {
  IDPWATCH_ASSERT(database_ != nullptr);
  const Status committed = database_->cached("COMMIT").bind().run();
  if (committed) database_ = nullptr;
  return committed;
}

// --- Savepoint ---

Result<Savepoint> Savepoint::begin(Database& database) {
  const Status begun = database.cached("SAVEPOINT part").bind().run();
  if (!begun) return base::fail(begun.error());
  return Savepoint(database);
}

Savepoint::Savepoint(Savepoint&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)) {}

Savepoint::~Savepoint() {
  if (database_ == nullptr || !database_->in_transaction()) return;
  const int code = database_->last_code();
  Status undone = database_->cached("ROLLBACK TO part").bind().run();
  if (undone) undone = database_->cached("RELEASE part").bind().run();
  if (undone || code == 0) return;
  (void)database_->error(code);  // as of a transaction
}

Status Savepoint::keep() {
  IDPWATCH_ASSERT(database_ != nullptr);
  const Status kept = database_->cached("RELEASE part").bind().run();
  if (kept) database_ = nullptr;
  return kept;
}

}  // namespace idpwatch::storage
