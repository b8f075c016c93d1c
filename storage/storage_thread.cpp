#include "storage/storage_thread.hpp"

#include "base/assert.hpp"
#include "base/mutex.hpp"
#include "storage/keeper.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <iterator>
#include <stop_token>
#include <sys/eventfd.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace idpwatch::storage {

namespace {

using base::Duration;

struct Entry {
  std::uint64_t ticket;
  model::Batch batch;
  std::size_t bytes;
};

class EventFd {
 public:
  EventFd() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) { IDPWATCH_ASSERT(fd_ >= 0); }
  EventFd(const EventFd&) = delete;
  EventFd& operator=(const EventFd&) = delete;
  ~EventFd() { ::close(fd_); }

  [[nodiscard]] int get() const { return fd_; }
  // Fails only when the counter is full, and then the descriptor is readable anyway.
  void signal() const {
    const std::uint64_t one = 1;
    static_cast<void>(::write(fd_, &one, sizeof one) == 0);
  }
  void clear() const {
    std::uint64_t count = 0;
    static_cast<void>(::read(fd_, &count, sizeof count) == 0);
  }

 private:
  int fd_;
};

}  // namespace

struct StorageThread::Impl {
  Impl(CommitGroup with, CompactSlice compact, const StorageThreadOptions& settings,
       std::function<void()> at_end)
      : commit(std::move(with)),
        compact_slice(std::move(compact)),
        options(settings),
        close(std::move(at_end)) {}

  // Constant after construction; the functions are called by the thread alone.
  CommitGroup commit;
  CompactSlice compact_slice;
  const StorageThreadOptions options;
  std::function<void()> close;
  EventFd wake;

  base::Mutex mutex;
  std::condition_variable_any changed;  // of anything below
  // What the thread is storing stays at the front of `queue`: a deque keeps the addresses of its
  // entries while others are put behind them.
  std::deque<Entry> queue IDPWATCH_GUARDED_BY(mutex);
  std::size_t bytes IDPWATCH_GUARDED_BY(mutex) = 0;
  std::vector<Ack> acks IDPWATCH_GUARDED_BY(mutex);
  std::optional<Fault> fault IDPWATCH_GUARDED_BY(mutex);
  Duration back_off IDPWATCH_GUARDED_BY(mutex){0};
  std::optional<Retention> retention IDPWATCH_GUARDED_BY(mutex);  // that is to be brought about
  bool retry_at_once IDPWATCH_GUARDED_BY(mutex) = false;
  bool stopping IDPWATCH_GUARDED_BY(mutex) = false;

  std::jthread thread;  // the last member: it ends before what it uses

  void run();
  std::vector<const model::Batch*> next_group() IDPWATCH_REQUIRES(mutex);
  bool wait_for_work() IDPWATCH_REQUIRES(mutex);
  void store_group() IDPWATCH_REQUIRES(mutex);
  void compact_next_slice() IDPWATCH_REQUIRES(mutex);
  void done(std::vector<Ack> group) IDPWATCH_REQUIRES(mutex);
  void failed(Fault&& why) IDPWATCH_REQUIRES(mutex);
  void give_up() IDPWATCH_REQUIRES(mutex);
};

// False: it is time to end, and there is nothing (more) to try.
bool StorageThread::Impl::wait_for_work() {
  if (fault && !stopping) {
    changed.wait_for(mutex, back_off,
                     [this]() IDPWATCH_REQUIRES(mutex) { return stopping || retry_at_once; });
    retry_at_once = false;
  }
  while (!stopping && queue.empty()) {
    if (retention && compact_slice && !fault) {
      compact_next_slice();
    } else {
      changed.wait(mutex);
    }
  }
  return !queue.empty();
}

// Batches that come meanwhile wait for this slice and no longer.
void StorageThread::Impl::compact_next_slice() {
  const Retention wanted = *retention;
  mutex.unlock();
  const base::Result<bool> more = compact_slice(wanted);
  mutex.lock();
  // A full disk, above all: the next commit says what is wrong with it.
  const bool over = !more || !*more;
  if (over && retention->before == wanted.before) retention.reset();
}

std::vector<const model::Batch*> StorageThread::Impl::next_group() {
  std::vector<const model::Batch*> group;
  for (const Entry& entry : queue) {
    if (group.size() == options.group_max) break;
    group.push_back(&entry.batch);
  }
  return group;
}

void StorageThread::Impl::done(std::vector<Ack> group) {
  for (std::size_t i = 0; i < group.size(); ++i) {
    bytes -= queue.front().bytes;
    queue.pop_front();
  }
  acks.insert(acks.end(), std::make_move_iterator(group.begin()),
              std::make_move_iterator(group.end()));
  fault.reset();
  back_off = Duration{0};
  wake.signal();
}

void StorageThread::Impl::failed(Fault&& why) {
  back_off = fault ? std::min(back_off * 2, options.retry_max) : options.retry_first;
  const bool news = !fault || fault->code != why.code;
  fault = std::move(why);
  if (news) wake.signal();
}

// One transaction for all that wait; when one of them is at fault, one transaction each.
void StorageThread::Impl::store_group() {
  const std::vector<const model::Batch*> all = next_group();
  std::span<const model::Batch* const> group(all);
  std::vector<Ack> stored;
  std::optional<Fault> trouble;
  mutex.unlock();
  auto result = commit(group);
  if (!result && result.error().what == FaultClass::kReject && group.size() > 1) {
    group = group.first(1);
    result = commit(group);
  }
  mutex.lock();
  for (std::size_t i = 0; i < group.size(); ++i) {
    Ack ack{queue[i].ticket, {}, std::nullopt};
    if (result) {
      ack.committed = std::move((*result)[i]);
    } else if (result.error().what == FaultClass::kReject) {
      ack.error = result.error().error;
    } else {
      trouble = std::move(result.error());
      break;
    }
    stored.push_back(std::move(ack));
  }
  if (trouble) {
    failed(std::move(*trouble));
  } else {
    done(std::move(stored));
  }
  changed.notify_all();
}

void StorageThread::Impl::give_up() {
  const base::Error why =
      fault ? fault->error : base::make_error(base::ErrorKind::kStorage, "the store is stopped");
  for (const Entry& entry : queue) acks.push_back({entry.ticket, {}, why});
  queue.clear();
  bytes = 0;
  wake.signal();
  changed.notify_all();
}

void StorageThread::Impl::run() {
  base::MutexLock lock(mutex);
  bool tried_last = false;
  while (wait_for_work()) {
    if (stopping && fault && tried_last) break;
    tried_last = stopping;
    store_group();
  }
  give_up();
  lock.unlock();
  close();
}

StorageThread::StorageThread(const std::shared_ptr<Keeper>& keeper,
                             const StorageThreadOptions& options) {
  impl_ = std::make_unique<Impl>(
      [keeper](std::span<const model::Batch* const> group) { return keeper->commit(group); },
      [keeper](const Retention& retention) { return keeper->compact_slice(retention); }, options,
      [keeper] { keeper->close(); });
  {
    const base::MutexLock lock(impl_->mutex);
    impl_->fault = keeper->fault();
  }
  impl_->thread = std::jthread([impl = impl_.get()] { impl->run(); });
}

StorageThread::StorageThread(Store store, const StorageThreadOptions& options) {
  auto owned = std::make_shared<std::optional<Store>>(std::move(store));
  impl_ = std::make_unique<Impl>(
      [owned](std::span<const model::Batch* const> group) {
        return commit_what_can_be(**owned, group);
      },
      [owned](const Retention& retention) { return (*owned)->compact_slice(retention); }, options,
      [owned] { owned->reset(); });
  impl_->thread = std::jthread([impl = impl_.get()] { impl->run(); });
}

StorageThread::StorageThread(CommitGroup commit, const StorageThreadOptions& options,
                             CompactSlice compact)
    : impl_(std::make_unique<Impl>(std::move(commit), std::move(compact), options, [] {})) {
  impl_->thread = std::jthread([impl = impl_.get()] { impl->run(); });
}

StorageThread::~StorageThread() { stop(); }

bool StorageThread::submit(std::uint64_t ticket, model::Batch&& batch) {
  const std::size_t size = model::bytes_of(batch);
  const base::MutexLock lock(impl_->mutex);
  // A single batch over the bound is taken when nothing else waits, else it could never be stored.
  const bool full = impl_->queue.size() >= impl_->options.batches_max ||
                    (!impl_->queue.empty() && impl_->bytes + size > impl_->options.bytes_max);
  if (impl_->stopping || full) return false;
  impl_->queue.push_back({ticket, std::move(batch), size});
  impl_->bytes += size;
  impl_->changed.notify_all();
  return true;
}

void StorageThread::compact(const Retention& retention) {
  const base::MutexLock lock(impl_->mutex);
  impl_->retention = retention;
  impl_->changed.notify_all();
}

int StorageThread::fd() const { return impl_->wake.get(); }

std::vector<Ack> StorageThread::take_acknowledged() {
  const base::MutexLock lock(impl_->mutex);
  impl_->wake.clear();
  return std::exchange(impl_->acks, {});
}

std::optional<Fault> StorageThread::fault() const {
  const base::MutexLock lock(impl_->mutex);
  return impl_->fault;
}

std::size_t StorageThread::queued() const {
  const base::MutexLock lock(impl_->mutex);
  return impl_->queue.size();
}

void StorageThread::retry_now() {
  const base::MutexLock lock(impl_->mutex);
  impl_->retry_at_once = true;
  impl_->changed.notify_all();
}

bool StorageThread::flush() {
  base::MutexLock lock(impl_->mutex);
  while (!impl_->queue.empty() && !impl_->fault) impl_->changed.wait(impl_->mutex);
  return impl_->queue.empty();
}

void StorageThread::stop() {
  {
    const base::MutexLock lock(impl_->mutex);
    impl_->stopping = true;
    impl_->changed.notify_all();
  }
  if (impl_->thread.joinable()) impl_->thread.join();
}

}  // namespace idpwatch::storage
