// One thread that works off a bounded queue: what may take longer than a health check may wait.
#pragma once

#include "base/mutex.hpp"

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
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
  base::Mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Task> waiting_ IDPWATCH_GUARDED_BY(mutex_);
  bool stopping_ IDPWATCH_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace idpwatch::daemon
