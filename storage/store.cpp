#include "storage/store.hpp"

#include "base/encoding.hpp"
#include "base/json.hpp"
#include "base/random.hpp"
#include "storage/audit.hpp"
#include "storage/migrations.hpp"
#include "storage/open.hpp"
#include "storage/reader.hpp"
#include "storage/rejected.hpp"
#include "storage/schema.hpp"
#include "storage/span_compactor.hpp"
#include "storage/sqlite.hpp"
#include "storage/writer.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <utility>

namespace idpwatch::storage {

using base::ErrorKind;
using base::Json;
using base::Result;
using base::Status;

struct Store::Impl {
  Impl(Claim of, std::shared_ptr<Database> with)
      : claim(std::move(of)),
        database(std::move(with)),
        writer(*database),
        reader(database),
        compactor(*database) {}

  Claim claim;  // it outlives the connection; empty of a store in memory
  std::shared_ptr<Database> database;
  Writer writer;
  Reader reader;
  SpanCompactor compactor;
  std::optional<base::Instant> compacted_before;  // what the chain says of it
  std::optional<MovedAside> moved;
  std::string store_id;
  struct Whole {
    Transaction transaction;
    ChainHead before;
  };
  std::optional<Whole> whole;  // it ends before the database does

  static tl::expected<std::unique_ptr<Impl>, OpenFault> open(
      const Claim& claim, const OpenOptions& options,
      const std::optional<Predecessor>& predecessor);
  base::Status begin(const OpenOptions& options, const Predecessor* predecessor);
  Fault failed(base::Error error, const ChainHead& before);
};

namespace {

std::string random_id() {
  base::SystemRandom random;
  std::array<std::uint64_t, 2> numbers{random.next(), random.next()};
  std::string bytes(sizeof numbers, '\0');
  std::memcpy(bytes.data(), numbers.data(), sizeof numbers);
  return base::hex_encode(bytes);
}

// Record 0, the beginning of the chain.
Result<std::string> first_record(const OpenOptions& options,
                                 const std::optional<MovedAside>& moved) {
  Json data = {{"application", "idpwatch"},
               {"instance", options.instance},
               {"schema", migrations().back().version},
               {"store", random_id()}};
  if (moved) {
    data["replaces"] = {{"file", moved->to.filename().string()},
                        {"head", moved->old_head.empty() ? Json(nullptr) : Json(moved->old_head)},
                        {"reason", moved->reason}};
  }
  return note_record({options.now, "store.created", base::canonical_json(data)}, 0);
}

Status begin_chain(Database& database, Writer& writer, const OpenOptions& options,
                   const std::optional<MovedAside>& moved) {
  const Result<std::string> record = first_record(options, moved);
  if (!record) return base::fail(record.error());
  Result<Transaction> transaction = Transaction::begin_immediate(database);
  if (!transaction) return base::fail(transaction.error());
  if (Status put = writer.append_record(*record); !put) return put;
  return transaction->commit();
}

Result<std::string> read_store_id(Database& database) {
  const Result<std::string> record = database.query_text("SELECT record FROM audit WHERE seq = 0");
  if (!record) return record;
  const Json parsed = Json::parse(*record, nullptr, false);
  if (!parsed.is_object() || !parsed.contains("data")) return std::string();
  return parsed["data"].value("store", std::string());
}

// When what a batch tells of happened: the store itself has no clock.
base::Instant newest_of(const model::Batch& batch) {
  base::Instant newest{};
  for (const model::ObservationSpan& span : batch.spans) newest = std::max(newest, span.last);
  for (const model::Event& event : batch.events) newest = std::max(newest, event.at);
  for (const model::AuditNote& note : batch.notes) newest = std::max(newest, note.at);
  for (const model::Alert& alert : batch.alerts) newest = std::max(newest, alert.since);
  return newest;
}

// Named by the record of the chain that tells of it, or one near it.
Rejected keep_rejected(const std::filesystem::path& database, std::int64_t seq,
                       const RejectedRows& rows) {
  Rejected out{rows.rows(), rows.first_error(), {}};
  const auto file =
      rows.keep(database.parent_path() / "rejected", "at-" + std::to_string(seq) + ".jsonl");
  if (file) {
    out.file = file->string();
  } else {
    out.error += "; " + file.error().text();
  }
  return out;
}

model::AuditNote rejected_note(const model::Batch& batch, const RejectedRows& rows,
                               const Rejected& kept) {
  const Json data = {{"rows", rows.kinds()},
                     {"error", kept.error},
                     {"file", std::filesystem::path(kept.file).filename().string()}};
  return {newest_of(batch), "store.rejected", base::canonical_json(data)};
}

}  // namespace

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;

// Reads where the chain ends, or begins it with what is known of a database before this one.
Status Store::Impl::begin(const OpenOptions& options, const Predecessor* predecessor) {
  if (predecessor != nullptr) moved = predecessor->moved;
  if (Status loaded = writer.load_head(); !loaded) return loaded;
  if (writer.head().next_seq == 0) {
    if (Status begun = begin_chain(*database, writer, options, moved); !begun) return begun;
  }
  Result<std::string> id = read_store_id(*database);
  if (!id) return base::fail(id.error());
  store_id = std::move(*id);
  return base::Ok{};
}

Result<Store> Store::open(const std::filesystem::path& path, const OpenOptions& options) {
  const Result<Claim> claimed = claim(path, options);
  if (!claimed) return base::fail(claimed.error());
  std::optional<Predecessor> predecessor;
  return open(*claimed, options, predecessor);
}

tl::expected<std::unique_ptr<Store::Impl>, OpenFault> Store::Impl::open(
    const Claim& claim, const OpenOptions& options, const std::optional<Predecessor>& predecessor) {
  auto database = open_claimed(claim, options);
  if (!database) return tl::unexpected<OpenFault>(std::move(database.error()));
  auto impl = std::make_unique<Impl>(claim, std::move(*database));
  Status begun = impl->begin(options, predecessor ? &*predecessor : nullptr);
  if (begun) return impl;
  OpenFault fault{std::move(begun.error()), is_damage(impl->database->last_code()), {}};
  if (fault.damaged) impl->database->keep_wal_on_close();
  return tl::unexpected<OpenFault>(std::move(fault));
}

Result<Store> Store::open(const Claim& claim, const OpenOptions& options,
                          std::optional<Predecessor>& predecessor) {
  auto impl = Impl::open(claim, options, predecessor);
  if (!impl && impl.error().damaged && options.mode == OpenMode::kDaemon) {
    auto moved = move_aside(claim, options.now, impl.error().error.message,
                            std::move(impl.error().old_head));
    if (!moved) return base::fail(moved.error());
    predecessor = std::move(*moved);
    impl = Impl::open(claim, options, predecessor);
  }
  if (!impl) return base::fail(std::move(impl.error().error));
  Store store(std::move(*impl));
  if (predecessor) {
    if (const auto kept = store.commit_rows(predecessor->salvaged); !kept) {
      return base::fail(kept.error().error);
    }
    predecessor.reset();
  }
  return store;
}

Result<Store> Store::open_in_memory(const OpenOptions& options) {
  Result<std::unique_ptr<Database>> database = Database::open_in_memory();
  if (!database) return base::fail(database.error());
  if (Status made = migrate(**database, migrations()); !made) return base::fail(made.error());
  auto impl = std::make_unique<Impl>(Claim{}, std::shared_ptr<Database>(std::move(*database)));
  if (Status begun = impl->begin(options, nullptr); !begun) return base::fail(begun.error());
  return Store(std::move(impl));
}

Fault Store::Impl::failed(base::Error error, const ChainHead& before) {
  const int code = error.kind == ErrorKind::kInternal ? 0 : database->last_code();
  writer.roll_back(before);
  const FaultClass what = class_of(error, code);
  return {what, code, std::move(error)};
}

tl::expected<std::vector<Committed>, Fault> Store::commit_group(
    std::span<const model::Batch* const> batches) {
  const ChainHead before = impl_->writer.head();
  const auto failed = [&](base::Error error) {
    Fault fault = impl_->failed(std::move(error), before);
    abandon_whole();
    return tl::unexpected<Fault>(std::move(fault));
  };
  if (impl_->whole) {
    Result<std::vector<Committed>> part = impl_->writer.write(batches);
    if (!part) return failed(part.error());
    return std::move(*part);
  }
  Result<Transaction> transaction = Transaction::begin_immediate(*impl_->database);
  if (!transaction) return failed(transaction.error());
  Result<std::vector<Committed>> written = impl_->writer.write(batches);
  if (!written) return failed(written.error());
  if (Status committed = transaction->commit(); !committed) return failed(committed.error());
  return std::move(*written);
}

tl::expected<Committed, Fault> Store::commit_rows(const model::Batch& batch) {
  const ChainHead before = impl_->writer.head();
  const auto failed = [&](const base::Error& error) {
    return tl::unexpected<Fault>(impl_->failed(error, before));
  };
  Result<Transaction> transaction = Transaction::begin_immediate(*impl_->database);
  if (!transaction) return failed(transaction.error());
  RejectedRows rejected;
  Result<Committed> written = impl_->writer.write_rows(batch, rejected);
  if (!written) return failed(written.error());
  if (!rejected.empty()) {
    written->rejected = keep_rejected(impl_->claim.file, before.next_seq, rejected);
    const Status noted = impl_->writer.put_note(rejected_note(batch, rejected, *written->rejected));
    if (!noted) return failed(noted.error());
  }
  if (Status committed = transaction->commit(); !committed) return failed(committed.error());
  return std::move(*written);
}

Result<bool> Store::compact_slice(const Retention& retention) {
  const ChainHead before = impl_->writer.head();
  const auto failed = [&](const base::Error& error) {
    impl_->writer.roll_back(before);
    impl_->compactor.start_again();
    return base::fail(error);
  };
  Result<Transaction> transaction = Transaction::begin_immediate(*impl_->database);
  if (!transaction) return base::fail(transaction.error());
  const Result<SliceResult> done = impl_->compactor.slice(retention.before);
  if (!done) return failed(done.error());
  const bool first = done->spans_removed > 0 && impl_->compacted_before != retention.before;
  if (first) {
    const Json data = {{"before", base::format_rfc3339(retention.before)}};
    const model::AuditNote note{retention.now, "store.compacted", base::canonical_json(data)};
    if (const Status noted = impl_->writer.put_note(note); !noted) return failed(noted.error());
  }
  if (const Status committed = transaction->commit(); !committed) return failed(committed.error());
  if (first) impl_->compacted_before = retention.before;
  return done->more;
}

Status Store::begin_whole() {
  Result<Transaction> transaction = Transaction::begin_immediate(*impl_->database);
  if (!transaction) return base::fail(transaction.error());
  impl_->whole.emplace(std::move(*transaction), impl_->writer.head());
  return base::Ok{};
}

Status Store::finish_whole() {
  Status committed = impl_->whole->transaction.commit();
  if (committed) {
    impl_->whole.reset();
  } else {
    abandon_whole();
  }
  return committed;
}

void Store::abandon_whole() {
  if (!impl_->whole) return;
  const ChainHead before = impl_->whole->before;
  impl_->whole.reset();
  impl_->writer.roll_back(before);
}

Result<Committed> Store::commit(const model::Batch& batch) {
  const model::Batch* const one = &batch;
  auto done = commit_group({&one, 1});
  if (!done) return base::fail(std::move(done.error().error));
  return std::move(done->front());
}

Reader& Store::reader() { return impl_->reader; }

std::int64_t Store::next_seq() const { return impl_->writer.head().next_seq; }

std::string Store::head_hex() const { return base::hex_encode(impl_->writer.head().hash); }

const std::string& Store::store_id() const { return impl_->store_id; }

const std::optional<MovedAside>& Store::moved_aside() const { return impl_->moved; }

const std::filesystem::path& Store::file() const { return impl_->claim.file; }

bool Store::damaged() const { return is_damage(impl_->database->last_code()); }

Status Store::checkpoint() { return impl_->database->execute("PRAGMA wal_checkpoint(TRUNCATE)"); }

tl::expected<std::vector<Committed>, Fault> commit_what_can_be(
    Store& store, std::span<const model::Batch* const> batches) {
  auto done = store.commit_group(batches);
  if (done || done.error().what != FaultClass::kReject || batches.size() != 1) return done;
  auto rows = store.commit_rows(*batches.front());
  if (!rows) return tl::unexpected<Fault>(std::move(rows.error()));
  std::vector<Committed> out;
  out.push_back(std::move(*rows));
  return out;
}

}  // namespace idpwatch::storage
