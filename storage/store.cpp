#include "storage/store.hpp"

#include "base/encoding.hpp"
#include "base/json.hpp"
#include "base/random.hpp"
#include "storage/audit.hpp"
#include "storage/migrations.hpp"
#include "storage/open.hpp"
#include "storage/reader.hpp"
#include "storage/salvage.hpp"
#include "storage/sqlite.hpp"
#include "storage/writer.hpp"

#include <nlohmann/json.hpp>
#include <sqlite3.h>

#include <array>
#include <cstring>
#include <string>
#include <unistd.h>
#include <utility>

namespace idpwatch::storage {

using base::ErrorKind;
using base::Json;
using base::Result;
using base::Status;

struct Store::Impl {
  explicit Impl(Opened&& from)
      : opened(std::move(from)), writer(*opened.database), reader(opened.database) {}

  Opened opened;
  Writer writer;
  Reader reader;
  std::string store_id;
  struct Whole {
    Transaction transaction;
    ChainHead before;
  };
  std::optional<Whole> whole;  // it ends before the database does
};

// --- Writer, what concerns all topics ---

Result<std::vector<Committed>> Writer::write(Batches batches) {
  std::vector<Committed> out(batches.size());
  for (std::size_t i = 0; i < batches.size(); ++i) {
    const model::Batch& batch = *batches[i];
    Status done = put_documents(batch);
    if (done) done = put_spans(batch);
    for (const model::Sighting& sighting : batch.sightings) {
      if (done) done = put_sighting(sighting);
    }
    if (done) done = put_events(batch, out[i]);
    if (done) done = put_notes(batch);
    if (done) done = put_alerts(batch);
    if (done) done = put_outbox(batch);
    if (!done) return base::fail(done.error());
  }
  Status done = put_keys(batches);
  if (done) done = put_kids(batches);
  if (done) done = put_timelines(batches);
  if (!done) return base::fail(done.error());
  return out;
}

void Writer::roll_back(const ChainHead& head) {
  head_ = head;
  authorities_.clear();
  fragments_.clear();
}

// --- Store ---

namespace {

// What a transaction may fail with and succeed at later; everything else is the batch's own fault.
FaultClass class_of(const base::Error& error, int code) {
  if (error.kind == ErrorKind::kInternal) return FaultClass::kReject;
  switch (code & 0xFF) {
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
    case SQLITE_RANGE:
    case SQLITE_ERROR:
      return FaultClass::kReject;
    default:
      return FaultClass::kRetry;
  }
}

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

}  // namespace

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;

Result<Store> Store::open(const std::filesystem::path& path, const OpenOptions& options) {
  Result<Opened> opened = open_for_writing(path, options);
  if (!opened) return base::fail(opened.error());
  auto impl = std::make_unique<Impl>(std::move(*opened));
  Database& database = *impl->opened.database;
  if (Status loaded = impl->writer.load_head(); !loaded) return base::fail(loaded.error());
  if (impl->writer.head().next_seq == 0) {
    const Status begun = begin_chain(database, impl->writer, options, impl->opened.moved);
    if (!begun) return base::fail(begun.error());
  }
  Result<std::string> id = read_store_id(database);
  if (!id) return base::fail(id.error());
  impl->store_id = std::move(*id);
  Store store(std::move(impl));
  if (const auto& moved = store.moved_aside()) {
    if (const auto kept = store.commit(salvage(moved->to, options.now)); !kept) {
      return base::fail(kept.error());
    }
  }
  return store;
}

tl::expected<std::vector<Committed>, Fault> Store::commit_group(
    std::span<const model::Batch* const> batches) {
  Database& database = *impl_->opened.database;
  const ChainHead before = impl_->writer.head();
  const auto failed = [&](base::Error error) {
    const int code = error.kind == ErrorKind::kInternal ? 0 : database.last_code();
    impl_->writer.roll_back(before);
    abandon_whole();
    const FaultClass what = class_of(error, code);
    return tl::unexpected<Fault>(Fault{what, code, std::move(error)});
  };
  if (impl_->whole) {
    Result<std::vector<Committed>> part = impl_->writer.write(batches);
    if (!part) return failed(part.error());
    return std::move(*part);
  }
  Result<Transaction> transaction = Transaction::begin_immediate(database);
  if (!transaction) return failed(transaction.error());
  Result<std::vector<Committed>> written = impl_->writer.write(batches);
  if (!written) return failed(written.error());
  if (Status committed = transaction->commit(); !committed) return failed(committed.error());
  return std::move(*written);
}

Status Store::begin_whole() {
  Result<Transaction> transaction = Transaction::begin_immediate(*impl_->opened.database);
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

const std::optional<MovedAside>& Store::moved_aside() const { return impl_->opened.moved; }

const std::filesystem::path& Store::file() const { return impl_->opened.file; }

Status Store::checkpoint() {
  return impl_->opened.database->execute("PRAGMA wal_checkpoint(TRUNCATE)");
}

}  // namespace idpwatch::storage
