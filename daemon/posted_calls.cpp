#include "daemon/posted_calls.hpp"

#include "base/mutex.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <future>
#include <sys/eventfd.h>
#include <unistd.h>
#include <utility>

namespace idpwatch::daemon {

namespace {
constexpr std::size_t kWaitingMax = 64;

base::Status ended() {
  return base::fail(base::ErrorKind::kUnreachable, "the daemon is busy or ending", "try again");
}
}  // namespace

struct PostedCalls::Impl {
  struct Waiting {
    Call call;
    std::promise<base::Status> answer;
  };

  explicit Impl(net::EventLoop& event_loop, net::OwnedFd wake)
      : loop(event_loop), fd(std::move(wake)) {}

  void run() {
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t got = ::read(fd.get(), &count, sizeof count);
    std::deque<Waiting> ready;
    {
      const base::MutexLock lock(mutex);
      ready.swap(waiting);
    }
    for (Waiting& next : ready) next.answer.set_value(next.call());
  }

  net::EventLoop& loop;
  net::OwnedFd fd;
  base::Mutex mutex;
  std::deque<Waiting> waiting IDPWATCH_GUARDED_BY(mutex);
  bool closed IDPWATCH_GUARDED_BY(mutex) = false;
};

base::Result<std::unique_ptr<PostedCalls>> PostedCalls::create(net::EventLoop& loop) {
  net::OwnedFd fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (fd.get() < 0) return base::fail(base::ErrorKind::kInternal, "no descriptor is left");
  auto impl = std::make_unique<Impl>(loop, std::move(fd));
  loop.watch(impl->fd.get(), {.readable = true, .writable = false},
             [raw = impl.get()](const net::Now&, net::Readiness) { raw->run(); });
  return std::unique_ptr<PostedCalls>(new PostedCalls(std::move(impl)));
}

PostedCalls::PostedCalls(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

PostedCalls::~PostedCalls() { close(); }

void PostedCalls::close() {
  impl_->loop.unwatch(impl_->fd.get());
  const base::MutexLock lock(impl_->mutex);
  impl_->closed = true;
  for (Impl::Waiting& next : impl_->waiting) next.answer.set_value(ended());
  impl_->waiting.clear();
}

base::Status PostedCalls::ask(Call call, std::chrono::milliseconds patience) {
  std::future<base::Status> answer;
  {
    const base::MutexLock lock(impl_->mutex);
    if (impl_->closed || impl_->waiting.size() >= kWaitingMax) return ended();
    impl_->waiting.push_back({std::move(call), {}});
    answer = impl_->waiting.back().answer.get_future();
  }
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t put = ::write(impl_->fd.get(), &one, sizeof one);
  if (answer.wait_for(patience) != std::future_status::ready) return ended();
  return answer.get();
}

}  // namespace idpwatch::daemon
