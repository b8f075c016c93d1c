#include "daemon/file_threads.hpp"

#include "base/log.hpp"
#include "base/mutex.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <sys/eventfd.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>

namespace idpwatch::daemon {

namespace {

constexpr base::Duration kWaitsAtMost = base::seconds(2);
constexpr base::Duration kCheckEvery = base::seconds(1);
// Threads that have nothing to do end at once; only one that is in the middle of a file does not.
constexpr std::chrono::milliseconds kEndsWithin(200);

}  // namespace

struct FileThreads::State {
  struct Waiting {
    Job job;
    base::Duration since;
  };

  explicit State(net::OwnedFd wake) : fd(std::move(wake)) {}

  net::OwnedFd fd;
  base::Mutex mutex;
  std::condition_variable_any changed;
  std::deque<Waiting> waiting IDPWATCH_GUARDED_BY(mutex);
  std::deque<Done> done IDPWATCH_GUARDED_BY(mutex);
  std::size_t threads IDPWATCH_GUARDED_BY(mutex) = 0;
  std::size_t idle IDPWATCH_GUARDED_BY(mutex) = 0;
  bool closed IDPWATCH_GUARDED_BY(mutex) = false;

  static void begin_thread(const std::shared_ptr<State>& state) IDPWATCH_REQUIRES(state->mutex);
  void run();
};

void FileThreads::State::run() {
  base::MutexLock lock(mutex);
  for (;;) {
    // One waits for the next job; further ones were for those that could not wait.
    if (waiting.empty() && idle > 0) break;
    idle += 1;
    while (!closed && waiting.empty()) changed.wait(mutex);
    idle -= 1;
    if (closed) break;
    const Job job = std::move(waiting.front().job);
    waiting.pop_front();
    lock.unlock();
    Done result = job();
    lock.lock();
    if (closed) break;
    done.push_back(std::move(result));
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t put = ::write(fd.get(), &one, sizeof one);
  }
  threads -= 1;
  changed.notify_all();
}

void FileThreads::State::begin_thread(const std::shared_ptr<State>& state) {
  try {
    std::thread([state] { state->run(); }).detach();
    state->threads += 1;
  } catch (const std::system_error& error) {
    base::log::error("files", "no thread can be started to read files", {{"why", error.what()}});
  }
}

base::Result<std::unique_ptr<FileThreads>> FileThreads::create(net::EventLoop& loop) {
  net::OwnedFd fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (fd.get() < 0) {
    return base::fail(base::ErrorKind::kInternal, "cannot create an event descriptor",
                      "raise the limit of open files (LimitNOFILE=)");
  }
  return std::unique_ptr<FileThreads>(
      new FileThreads(loop, std::make_shared<State>(std::move(fd))));
}

FileThreads::FileThreads(net::EventLoop& loop, std::shared_ptr<State> state)
    : loop_(loop), state_(std::move(state)) {
  loop_.watch(state_->fd.get(), {.readable = true, .writable = false},
              [this](const net::Now&, net::Readiness) { take_done(); });
}

FileThreads::~FileThreads() { close(); }

void FileThreads::submit(Job job) {
  const base::MutexLock lock(state_->mutex);
  if (state_->closed) return;
  state_->waiting.push_back({std::move(job), loop_.now().boottime});
  if (state_->threads == 0) State::begin_thread(state_);
  state_->changed.notify_one();
  if (check_timer_ == 0) plan_check();
}

void FileThreads::plan_check() {
  check_timer_ =
      loop_.at(loop_.now().boottime + kCheckEvery, [this](const net::Now& now) { check(now); });
}

void FileThreads::check(const net::Now& now) {
  check_timer_ = 0;
  const base::MutexLock lock(state_->mutex);
  if (state_->waiting.empty()) return;
  const bool stuck =
      state_->idle == 0 && now.boottime - state_->waiting.front().since >= kWaitsAtMost;
  if (stuck && state_->threads < kThreadsMax) State::begin_thread(state_);
  plan_check();
}

void FileThreads::take_done() {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t got = ::read(state_->fd.get(), &count, sizeof count);
  std::deque<Done> ready;
  {
    const base::MutexLock lock(state_->mutex);
    ready.swap(state_->done);
  }
  for (const Done& next : ready) next();
}

bool FileThreads::close() {
  loop_.cancel(check_timer_);
  loop_.unwatch(state_->fd.get());
  base::MutexLock lock(state_->mutex);
  state_->closed = true;
  state_->waiting.clear();
  state_->changed.notify_all();
  return state_->changed.wait_for(
      state_->mutex, kEndsWithin,
      [this]() IDPWATCH_REQUIRES(state_->mutex) { return state_->threads == 0; });
}

}  // namespace idpwatch::daemon
