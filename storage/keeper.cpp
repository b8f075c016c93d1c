#include "storage/keeper.hpp"

#include "base/mutex.hpp"
#include "storage/open.hpp"

#include <utility>

namespace idpwatch::storage {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::Result;
using base::Status;

namespace {

// A disk that damages one file after the other is not made better by more of them.
constexpr int kMovesMax = 3;

bool ends_the_start(const base::Error& error) {
  return error.kind == ErrorKind::kBusy || error.kind == ErrorKind::kConfig;
}

Fault retry(base::Error error) { return {FaultClass::kRetry, 0, std::move(error)}; }

}  // namespace

struct Keeper::Impl {
  Impl(fs::path at, OpenOptions with, const base::Clock& time)
      : state_dir(std::move(at)),
        options(std::move(with)),
        clock(time),
        file(fs::absolute(database_file(state_dir))) {}

  const fs::path state_dir;
  OpenOptions options;
  const base::Clock& clock;
  const fs::path file;

  std::optional<Claim> claimed;
  std::optional<Predecessor> predecessor;
  std::optional<Store> store;
  std::optional<Fault> fault;
  int moves = 0;

  mutable base::Mutex mutex;
  std::optional<std::string> distrusted IDPWATCH_GUARDED_BY(mutex);
  std::optional<MovedAside> moved IDPWATCH_GUARDED_BY(mutex);

  Status open();
  Status move_aside_now(std::string why);
  std::optional<Fault> ready();
  void remember(const std::optional<MovedAside>& last) {
    if (!last) return;
    const base::MutexLock lock(mutex);
    moved = last;
  }
};

Status Keeper::Impl::open() {
  options.now = clock.wall();
  if (!claimed) {
    Result<Claim> taken = claim(state_dir, options);
    if (!taken) return base::fail(taken.error());
    claimed = std::move(*taken);
  }
  Result<Store> opened = Store::open(*claimed, options, predecessor);
  if (!opened) {
    if (predecessor) remember(predecessor->moved);
    return base::fail(opened.error());
  }
  store = std::move(*opened);
  remember(store->moved_aside());
  return base::Ok{};
}

Status Keeper::Impl::move_aside_now(std::string why) {
  if (moves == kMovesMax) {
    return base::fail(
        ErrorKind::kStorage,
        why + "; " + std::to_string(kMovesMax) + " damaged databases were moved aside before",
        "check the disk and the kernel log, then restart idpwatch");
  }
  ++moves;
  std::string head;
  if (store) head = store->head_hex();
  store.reset();
  Result<Predecessor> old = move_aside(*claimed, clock.wall(), std::move(why), std::move(head));
  if (!old) return base::fail(old.error());
  predecessor = std::move(*old);
  remember(predecessor->moved);
  return base::Ok{};
}

// An open store that is to be trusted; else why there is none.
std::optional<Fault> Keeper::Impl::ready() {
  std::optional<std::string> why;
  {
    const base::MutexLock lock(mutex);
    why = std::exchange(distrusted, std::nullopt);
  }
  if (store && !claimed->lock->holds_named_file()) {
    // Somebody removed or replaced it: what is written now would be gone with this process.
    store.reset();
    predecessor =
        Predecessor{{file, "the file was removed or replaced while idpwatch was running", {}}, {}};
  }
  if (why && claimed) {
    if (const Status done = move_aside_now(std::move(*why)); !done) return retry(done.error());
  }
  if (store) return std::nullopt;
  if (const Status opened = open(); !opened) return retry(opened.error());
  return std::nullopt;
}

Keeper::Keeper(fs::path state_dir, OpenOptions options, const base::Clock& clock)
    : impl_(std::make_unique<Impl>(std::move(state_dir), std::move(options), clock)) {}

Keeper::~Keeper() = default;

Status Keeper::open() {
  const Status opened = impl_->open();
  if (opened) return opened;
  if (ends_the_start(opened.error())) return opened;
  impl_->fault = retry(opened.error());
  return base::Ok{};
}

bool Keeper::is_open() const { return impl_->store.has_value(); }

std::optional<Fault> Keeper::fault() const { return impl_->fault; }

Result<Reader> Keeper::reader() {
  if (!impl_->predecessor) {
    // Of a directory that cannot be written to, too.
    Result<Reader> stored = Reader::open(impl_->file);
    if (stored || impl_->store) return stored;
    std::error_code ignored;
    if (fs::exists(impl_->file, ignored) && fs::file_size(impl_->file, ignored) > 0) {
      return Reader::open_alone(impl_->file);  // what it holds is not nothing
    }
  }
  Result<Store> memory = Store::open_in_memory(impl_->options);
  if (!memory) return base::fail(memory.error());
  if (impl_->predecessor) {
    const auto kept = memory->commit_rows(impl_->predecessor->salvaged);
    if (!kept) return base::fail(kept.error().error);
  }
  return std::move(memory->reader());
}

tl::expected<std::vector<Committed>, Fault> Keeper::commit(
    std::span<const model::Batch* const> batches) {
  if (auto fault = impl_->ready()) return tl::unexpected<Fault>(std::move(*fault));
  auto done = commit_what_can_be(*impl_->store, batches);
  if (done || done.error().what != FaultClass::kDamaged) return done;
  if (const Status moved = impl_->move_aside_now(done.error().error.message); !moved) {
    return tl::unexpected<Fault>(retry(moved.error()));
  }
  if (auto fault = impl_->ready()) return tl::unexpected<Fault>(std::move(*fault));
  return commit_what_can_be(*impl_->store, batches);
}

Result<bool> Keeper::compact_slice(const Retention& retention) {
  if (!impl_->store || !impl_->claimed->lock->holds_named_file()) return false;
  Result<bool> more = impl_->store->compact_slice(retention);
  if (!more && impl_->store->damaged()) distrust(more.error().message);
  return more;
}

void Keeper::close() {
  impl_->store.reset();
  impl_->claimed.reset();
}

void Keeper::distrust(std::string why) {
  const base::MutexLock lock(impl_->mutex);
  impl_->distrusted = std::move(why);
}

std::optional<MovedAside> Keeper::moved_aside() const {
  const base::MutexLock lock(impl_->mutex);
  return impl_->moved;
}

const fs::path& Keeper::file() const { return impl_->file; }

}  // namespace idpwatch::storage
