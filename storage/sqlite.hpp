// SQLite, wrapped: a connection, its prepared statements, a transaction that rolls back unless it
// is committed. Knows no table.
//
// Errors: kBusy for SQLITE_BUSY and SQLITE_LOCKED, else kStorage; the message begins with the name
// of the extended result code, Database::last_code() is its number. Bytes bound to a statement must
// live until it has run. One thread at a time.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

struct sqlite3;
struct sqlite3_stmt;

namespace idpwatch::storage {

struct Blob {
  std::string_view bytes;
};

class Database;

class Statement {
 public:
  // Prepared at its first use, so that an error is reported where there is somebody to take it.
  Statement(Database& database, std::string_view sql);
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement();

  // Starts anew with these values for ?1, ?2, ...
  template <class... Values>
  Statement& bind(const Values&... values) {
    start();
    int index = 0;
    (put(++index, values), ...);
    return *this;
  }

  // True: a row is there. False: the end, and the statement is reset.
  base::Result<bool> step();
  // Runs to the end; rows are left unread.
  base::Status run();
  void reset();

  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::string text(int column) const;       // also of a blob; empty for NULL
  [[nodiscard]] std::string_view view(int column) const;  // valid until the next step
  [[nodiscard]] bool is_null(int column) const;
  [[nodiscard]] base::Instant instant(int column) const;
  [[nodiscard]] std::optional<base::Instant> optional_instant(int column) const;

 private:
  void start();
  void put(int index, std::int64_t value);
  void put(int index, int value) { put(index, std::int64_t{value}); }
  void put(int index, unsigned value) { put(index, std::int64_t{value}); }
  void put(int index, bool value) { put(index, std::int64_t{value ? 1 : 0}); }
  void put(int index, std::string_view text);
  void put(int index, const char* text) { put(index, std::string_view(text)); }
  void put(int index, const std::string& text) { put(index, std::string_view(text)); }
  void put(int index, Blob blob);
  void put(int index, base::Instant at) { put(index, base::to_unix_micros(at)); }
  void put(int index, std::nullptr_t);
  template <class T>
  void put(int index, const std::optional<T>& value) {
    if (value) {
      put(index, *value);
    } else {
      put(index, nullptr);
    }
  }
  void note(int code);

  Database* database_;
  std::string_view sql_;
  sqlite3_stmt* statement_ = nullptr;
  int failed_ = 0;  // the first code that bind or prepare gave
};

// Resets a statement whose rows were not read to the end: an open read would hold the WAL back.
class ResetGuard {
 public:
  explicit ResetGuard(Statement& statement) : statement_(statement) {}
  ResetGuard(const ResetGuard&) = delete;
  ResetGuard& operator=(const ResetGuard&) = delete;
  ~ResetGuard() { statement_.reset(); }

 private:
  Statement& statement_;
};

enum class Access { kReadOnly, kReadWrite, kCreate };

class Database {
 public:
  // Opens and sets what every connection needs (defensive, no trusted schema, time-out). An error
  // of a missing file is kNotFound.
  static base::Result<std::unique_ptr<Database>> open(const std::filesystem::path& file,
                                                      Access access);
  // What a closed database in a directory without write permission can be read by; wrong as soon
  // as anybody writes.
  static base::Result<std::unique_ptr<Database>> open_immutable(const std::filesystem::path& file);
  // Of its own, and gone with the connection.
  static base::Result<std::unique_ptr<Database>> open_in_memory();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  // One or more statements without values or rows.
  base::Status execute(std::string_view sql);
  // The first column of the first row; an empty text when there is none.
  base::Result<std::string> query_text(std::string_view sql);
  base::Result<std::int64_t> query_integer(std::string_view sql);

  // Prepared once for each text; `sql` must be a literal.
  Statement& cached(std::string_view sql);

  // Asked every few thousand steps of a statement: true ends it, as kBusy.
  void give_up_when(std::function<bool()> enough);

  // Leaves the WAL of a damaged file as it is, for those who look at it later.
  void keep_wal_on_close();

  [[nodiscard]] std::int64_t last_insert_id() const;
  [[nodiscard]] std::int64_t changes() const;
  [[nodiscard]] bool in_transaction() const;
  [[nodiscard]] int last_code() const { return last_code_; }
  [[nodiscard]] sqlite3* handle() const { return handle_; }

  // Of the code that the last call gave, or of `code`.
  base::Error error(int code);

 private:
  explicit Database(sqlite3* handle) : handle_(handle) {}
  static base::Result<std::unique_ptr<Database>> open_uri(const std::string& name, int flags);

  sqlite3* handle_;
  int last_code_ = 0;
  std::function<bool()> enough_;
  std::unordered_map<std::string_view, std::unique_ptr<Statement>> statements_;
};

// BEGIN IMMEDIATE (a deferred one that reads first is refused with SQLITE_BUSY_SNAPSHOT) or, to
// read several tables at one instant, BEGIN.
class Transaction {
 public:
  static base::Result<Transaction> begin_immediate(Database& database);
  static base::Result<Transaction> begin_read(Database& database);
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  base::Status commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;  // null: over
};

// A part of a transaction that can be undone alone.
class Savepoint {
 public:
  static base::Result<Savepoint> begin(Database& database);
  Savepoint(Savepoint&& other) noexcept;
  Savepoint& operator=(Savepoint&&) = delete;
  ~Savepoint();  // undone, unless it was kept

  base::Status keep();

 private:
  explicit Savepoint(Database& database) : database_(&database) {}
  Database* database_;  // null: over
};

// "SQLITE_FULL", "SQLITE_IOERR_WRITE", ... or "SQLITE_<number>".
std::string code_name(int extended_code);

}  // namespace idpwatch::storage
