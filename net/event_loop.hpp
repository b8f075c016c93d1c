// The loop: epoll over file descriptors, timers on CLOCK_BOOTTIME (they go on through suspend) by
// one timerfd, signals by signalfd. It knows nothing about what it drives.
//
// Single-threaded; another thread wakes it through an eventfd that is watched. Callbacks may add
// and remove watches and timers, their own included.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "net/scheduler.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <unordered_map>
#include <utility>

namespace idpwatch::net {

// A file descriptor, closed with its owner.
class OwnedFd {
 public:
  OwnedFd() = default;
  explicit OwnedFd(int fd) : fd_(fd) {}
  OwnedFd(OwnedFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  OwnedFd& operator=(OwnedFd&& other) noexcept;
  ~OwnedFd();
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_ = -1;
};

// An error or a hang-up counts as both: whoever reads or writes then learns of it.
struct Readiness {
  bool readable = false;
  bool writable = false;
};

class EventLoop final : public Scheduler {
 public:
  using FdTask = std::function<void(const Now&, Readiness)>;
  using SignalTask = std::function<void(const Now&, int signal)>;

  // kInternal when the kernel has no descriptor left.
  static base::Result<std::unique_ptr<EventLoop>> create(const base::Clock& clock);
  ~EventLoop() override;
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  TimerId at(base::Duration boottime, Task task) override;
  void cancel(TimerId id) override;
  [[nodiscard]] Now now() const override { return now_; }

  // One watch per descriptor; a second call changes what is waited for and keeps the task when none
  // is given. The descriptor stays the caller's, and must be unwatched before it is closed.
  void watch(int fd, Readiness wanted, FdTask task);
  void change(int fd, Readiness wanted);
  void unwatch(int fd);

  // Blocks the signals for this thread (and those begun later) and delivers them here. Once.
  base::Status on_signals(std::span<const int> signals, SignalTask task);

  // Until stop(), which lets the turn end.
  void run();
  void stop() { stopped_ = true; }
  // One turn: waits at most that long for something to do. For tests and one-shot commands.
  void turn(base::Duration at_most);

 private:
  struct Watch {
    std::uint32_t generation = 0;
    FdTask task;
  };
  using TimerKey = std::pair<base::Duration, TimerId>;

  EventLoop(const base::Clock& clock, OwnedFd epoll, OwnedFd timer);
  void read_now();
  void arm_timer();
  void run_due_timers();
  void dispatch(std::uint64_t tag, std::uint32_t events);
  void control(int operation, int fd, std::uint32_t generation, Readiness wanted);
  void deliver_signals(const Now& now);

  const base::Clock& clock_;
  OwnedFd epoll_, timer_, signals_;
  Now now_;
  bool stopped_ = false;
  std::map<TimerKey, Task> timers_;
  std::unordered_map<TimerId, base::Duration> due_;
  TimerId next_timer_ = 1;
  base::Duration armed_{0};  // what the timerfd waits for; 0 = nothing
  std::unordered_map<int, std::shared_ptr<Watch>> watches_;
  std::uint32_t next_generation_ = 1;  // tells a reused descriptor number from its forerunner
  SignalTask on_signal_;
};

}  // namespace idpwatch::net
