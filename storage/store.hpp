// The database of one idpwatch, opened for writing: everything that a turn of the loop wants kept
// goes in by commit(), in one transaction, synced to disk before it returns.
//
// Knows nothing about probing, judging or sending; times come in with the rows (`now` only stamps
// what the store itself writes: the first audit record, the name of a damaged file).
// Not safe for two threads at once: one thread at a time owns a Store (storage_thread.hpp).
//
// Rules: storage section of the design; SQLite facts, section 4 (opening order, BEGIN IMMEDIATE,
// one writing connection in one process, umask 0077).
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "model/batch.hpp"
#include "storage/fault.hpp"

#include <tl/expected.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace idpwatch::storage {

class Reader;
struct Claim;
struct Predecessor;

enum class OpenMode {
  kDaemon,    // makes what is missing; a damaged file is moved aside and a new one begun
  kCreate,    // makes what is missing; a damaged file is an error
  kExisting,  // a missing or damaged file is an error
};

struct OpenOptions {
  OpenMode mode = OpenMode::kDaemon;
  base::Instant now;
  std::string instance;                   // names this vantage in the first audit record
  std::optional<std::int64_t> pages_max;  // of 4 KiB: stays under a disk quota (SQLITE_FULL beyond)
};

// Rows that break a rule of the schema or of the chain: kept in a file, since they can never be
// stored.
struct Rejected {
  std::size_t rows = 0;
  std::string error;  // the first of them
  std::string file;   // empty: it could not be written either, and `error` says why as well
};

// Stretches of observations that ended before `before` are compacted.
struct Retention {
  base::Instant now, before;
};

// What a commit gave.
struct Committed {
  std::vector<std::int64_t> event_seqs;  // parallel to `events` of the batch; 0: rejected
  std::vector<model::MessageNumber> numbered;
  std::optional<Rejected> rejected;
};

// A damaged database was moved aside when this one was opened.
struct MovedAside {
  std::filesystem::path to;
  std::string reason;
  std::string old_head;  // hex of the newest audit hash; empty: not readable
};

class Store {
 public:
  // `path`: the state directory (made with 0700), or a database file by name (it ends in .db or
  // exists as a file). Errors: kBusy (another writer holds the lock file), kConfig (a foreign file,
  // or one of a newer idpwatch), kNotFound, kUnreadable, kStorage.
  static base::Result<Store> open(const std::filesystem::path& path, const OpenOptions& options);
  // Under a claim that was taken before (open.hpp). A damaged file is moved aside where the mode
  // says so; `predecessor` remembers it until a new database could be begun.
  static base::Result<Store> open(const Claim& claim, const OpenOptions& options,
                                  std::optional<Predecessor>& predecessor);
  // For when there is no file: holds what is given, and is gone with the object.
  static base::Result<Store> open_in_memory(const OpenOptions& options);

  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;
  ~Store();

  // All of the batch or nothing of it. Given an id, a span replaces the row of that id; with id 0
  // it is inserted, or replaces the row of the same authority and first instant (so that a batch
  // can safely be given twice). Within a batch removals follow insertions.
  base::Result<Committed> commit(const model::Batch& batch);
  // Several batches in one transaction, in order; all of them or none.
  tl::expected<std::vector<Committed>, Fault> commit_group(
      std::span<const model::Batch* const> batches);

  // Of a batch that commit_group() rejects: all rows that break no rule; the others are put into a
  // file in the directory `rejected` beside the database, and the chain says so.
  tl::expected<Committed, Fault> commit_rows(const model::Batch& batch);

  // From here on commits are parts of one transaction: there altogether after finish_whole(), or
  // not at all after a failed commit, abandon_whole() or a crash. They tell of themselves as usual.
  base::Status begin_whole();
  base::Status finish_whole();
  void abandon_whole();

  // Retention, one short transaction (span_compactor.hpp): true when there is more to do. The first
  // slice of a pass that removes anything says so in the chain.
  base::Result<bool> compact_slice(const Retention& retention);

  // Loading, on this connection: see reader.hpp.
  [[nodiscard]] Reader& reader();

  // Of the next audit record, and with it of the next event.
  [[nodiscard]] std::int64_t next_seq() const;
  [[nodiscard]] std::string head_hex() const;
  [[nodiscard]] const std::string& store_id() const;
  [[nodiscard]] const std::optional<MovedAside>& moved_aside() const;
  [[nodiscard]] const std::filesystem::path& file() const;

  // Of the last error, from any call: the file is not what was written.
  [[nodiscard]] bool damaged() const;

  // Writes the WAL back into the database and cuts it: for idle times and shutdown.
  base::Status checkpoint();

 private:
  struct Impl;
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// As commit_group(), and of a single batch that breaks a rule all that can be stored.
tl::expected<std::vector<Committed>, Fault> commit_what_can_be(
    Store& store, std::span<const model::Batch* const> batches);

// state_dir -> state_dir/idpwatch.db; a file by name stays.
std::filesystem::path database_file(const std::filesystem::path& state_dir_or_file);

}  // namespace idpwatch::storage
