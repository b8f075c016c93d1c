// One thread that works off a bounded queue: what may take longer than a health check may wait.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace idpwatch::daemon {

class Worker {
 public:
  using Task = std::function<void()>;

  explicit Worker(std::size_t waiting_max);
  ~Worker() { stop(); }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // From every thread. False: too much waits, or it was stopped; the task is not run.
  bool give(Task task);
  // Whatever was given is still run; waits for it.
  void stop();

 private:
  void run();

  const std::size_t waiting_max_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> waiting_;  // guarded by mutex_
  bool stopping_ = false;     // guarded by mutex_
  std::thread thread_;
};

}  // namespace idpwatch::daemon
