#include "net/event_loop.hpp"

#include "base/assert.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <limits>
#include <string>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <vector>

namespace idpwatch::net {

namespace {

// Tags of descriptors that are the loop's own; those of watches hold a generation above 0.
constexpr std::uint64_t kTimerTag = 0;
constexpr std::uint64_t kSignalTag = 1;
constexpr int kEventsPerTurn = 256;

std::uint32_t to_events(Readiness wanted) {
  std::uint32_t events = 0;
  if (wanted.readable) events |= EPOLLIN;
  if (wanted.writable) events |= EPOLLOUT;
  return events;
}

Readiness to_readiness(std::uint32_t events) {
  const bool broken = (events & (EPOLLERR | EPOLLHUP)) != 0;
  return {.readable = broken || (events & EPOLLIN) != 0,
          .writable = broken || (events & EPOLLOUT) != 0};
}

base::Error out_of(const char* what) {
  return base::make_error(base::ErrorKind::kInternal,
                          std::string("cannot create ") + what + ": " + std::strerror(errno),
                          "raise the limit of open files (LimitNOFILE=)");
}

int milliseconds_up(base::Duration duration) {
  const auto whole = std::chrono::ceil<std::chrono::milliseconds>(duration).count();
  return static_cast<int>(std::clamp<std::int64_t>(whole, 0, std::numeric_limits<int>::max()));
}

}  // namespace

OwnedFd& OwnedFd::operator=(OwnedFd&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

OwnedFd::~OwnedFd() {
  if (fd_ >= 0) ::close(fd_);
}

base::Result<std::unique_ptr<EventLoop>> EventLoop::create(const base::Clock& clock) {
  OwnedFd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (epoll.get() < 0) return base::fail(out_of("an epoll descriptor"));
  OwnedFd timer(::timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK));
  if (timer.get() < 0) return base::fail(out_of("a timer descriptor"));
  return std::unique_ptr<EventLoop>(new EventLoop(clock, std::move(epoll), std::move(timer)));
}

EventLoop::EventLoop(const base::Clock& clock, OwnedFd epoll, OwnedFd timer)
    : clock_(clock), epoll_(std::move(epoll)), timer_(std::move(timer)) {
  read_now();
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = kTimerTag;
  IDPWATCH_ASSERT(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, timer_.get(), &event) == 0);
}

EventLoop::~EventLoop() = default;

void EventLoop::read_now() { now_ = {.wall = clock_.wall(), .boottime = clock_.boottime()}; }

TimerId EventLoop::at(base::Duration boottime, Task task) {
  const TimerId id = next_timer_++;
  timers_.emplace(TimerKey{boottime, id}, std::move(task));
  due_.emplace(id, boottime);
  return id;
}

void EventLoop::cancel(TimerId id) {
  const auto found = due_.find(id);
  if (found == due_.end()) return;
  timers_.erase({found->second, id});
  due_.erase(found);
}

void EventLoop::run_due_timers() {
  // Those that are due when the turn begins: a task that asks for "now" again waits for the next
  // turn, so that descriptors are looked at in between.
  std::vector<TimerKey> due;
  for (const auto& [key, task] : timers_) {
    if (key.first > now_.boottime) break;
    due.push_back(key);
  }
  for (const TimerKey& key : due) {
    auto node = timers_.extract(key);
    if (node.empty()) continue;  // cancelled by one before it
    due_.erase(key.second);
    node.mapped()(now_);
  }
}

void EventLoop::arm_timer() {
  const base::Duration earliest =
      timers_.empty() ? base::Duration{0} : timers_.begin()->first.first;
  // Set to an earlier instant already: a wake-up for nothing now and then costs less than setting
  // it anew for each transfer's timeout, which is nearly always cancelled.
  const bool armed = armed_.count() != 0;
  if (earliest == armed_ || (armed && (timers_.empty() || armed_ < earliest))) return;
  itimerspec spec{};
  const auto whole = std::chrono::floor<std::chrono::seconds>(earliest);
  spec.it_value.tv_sec = whole.count();
  spec.it_value.tv_nsec = std::chrono::nanoseconds(earliest - whole).count();
  IDPWATCH_ASSERT(::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &spec, nullptr) == 0);
  armed_ = earliest;
}

void EventLoop::watch(int fd, Readiness wanted, FdTask task) {
  auto& entry = watches_[fd];
  const bool known = entry != nullptr;
  // A new object, so that a task that replaces its own watch is not destroyed while it runs.
  const std::uint32_t generation = known ? entry->generation : next_generation_++;
  entry = std::make_shared<Watch>(Watch{.generation = generation, .task = std::move(task)});
  control(known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, generation, wanted);
}

void EventLoop::change(int fd, Readiness wanted) {
  const auto found = watches_.find(fd);
  IDPWATCH_ASSERT(found != watches_.end());
  control(EPOLL_CTL_MOD, fd, found->second->generation, wanted);
}

void EventLoop::unwatch(int fd) {
  if (watches_.erase(fd) == 0) return;
  // Fails when the descriptor is closed already: then the kernel has forgotten it by itself.
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

void EventLoop::control(int operation, int fd, std::uint32_t generation, Readiness wanted) {
  epoll_event event{};
  event.events = to_events(wanted);
  event.data.u64 = (std::uint64_t{generation} << 32U) | static_cast<std::uint32_t>(fd);
  if (::epoll_ctl(epoll_.get(), operation, fd, &event) == 0) return;
  // A descriptor that was closed and opened again behind our back is new to the kernel.
  IDPWATCH_ASSERT(errno == ENOENT && operation == EPOLL_CTL_MOD);
  IDPWATCH_ASSERT(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0);
}

base::Status EventLoop::on_signals(std::span<const int> signals, SignalTask task) {
  IDPWATCH_ASSERT(signals_.get() < 0);
  sigset_t set;
  ::sigemptyset(&set);
  for (const int signal : signals) ::sigaddset(&set, signal);
  if (::pthread_sigmask(SIG_BLOCK, &set, nullptr) != 0) {
    return base::fail(base::ErrorKind::kInternal, "cannot block signals");
  }
  signals_ = OwnedFd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (signals_.get() < 0) return base::fail(out_of("a signal descriptor"));
  on_signal_ = std::move(task);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = kSignalTag;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, signals_.get(), &event) != 0) {
    return base::fail(out_of("a signal watch"));
  }
  return base::Ok{};
}

void EventLoop::deliver_signals(const Now& now) {
  signalfd_siginfo info{};
  while (::read(signals_.get(), &info, sizeof info) == ssize_t{sizeof info}) {
    on_signal_(now, static_cast<int>(info.ssi_signo));
  }
}

void EventLoop::dispatch(std::uint64_t tag, std::uint32_t events) {
  if (tag == kTimerTag) {
    std::uint64_t expirations = 0;
    // Nothing to read: it was set anew since.
    (void)!::read(timer_.get(), &expirations, sizeof expirations);
    armed_ = base::Duration{0};
    return;
  }
  if (tag == kSignalTag) return deliver_signals(now_);
  const auto found = watches_.find(static_cast<int>(tag & 0xffffffffU));
  // Unwatched by a task of this very turn.
  if (found == watches_.end() || found->second->generation != tag >> 32U) return;
  const std::shared_ptr<Watch> watch = found->second;
  watch->task(now_, to_readiness(events));
}

void EventLoop::turn(base::Duration at_most) {
  int timeout = milliseconds_up(at_most);
  // Of the turn before: what became due since, the timer wakes us for at once.
  if (!timers_.empty() && timers_.begin()->first.first <= now_.boottime) {
    timeout = 0;
  } else {
    arm_timer();
  }
  std::array<epoll_event, kEventsPerTurn> events;
  const int ready = ::epoll_wait(epoll_.get(), events.data(), kEventsPerTurn, timeout);
  IDPWATCH_ASSERT(ready >= 0 || errno == EINTR);
  read_now();
  for (int i = 0; i < ready; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    dispatch(event.data.u64, event.events);
  }
  run_due_timers();
}

void EventLoop::run() {
  stopped_ = false;
  while (!stopped_) turn(base::hours(1));
}

}  // namespace idpwatch::net
