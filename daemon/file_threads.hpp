// The file reader: runs what reads files on a thread of its own and hands the results to the loop
// by eventfd, so that a mount whose server does not answer stops nothing but that one read.
//
// One thread is enough as long as files answer. When a job has waited for two seconds, another
// thread takes over, up to eight; those that are not needed any more end. A thread that hangs in
// the kernel is left alone, also at the end: it shares nothing but its own state.
//
// Created, used and destroyed on the loop's thread.
#pragma once

#include "base/result.hpp"
#include "net/event_loop.hpp"
#include "watch/background.hpp"

#include <cstddef>
#include <memory>

namespace idpwatch::daemon {

class FileThreads final : public watch::Background {
 public:
  static constexpr std::size_t kThreadsMax = 8;

  static base::Result<std::unique_ptr<FileThreads>> create(net::EventLoop& loop);
  ~FileThreads() override;  // close()
  FileThreads(const FileThreads&) = delete;
  FileThreads& operator=(const FileThreads&) = delete;

  void submit(Job job) override;
  // Nothing more is begun or handed over. False: a job still runs, or hangs, on a thread of its
  // own; the process must then end without destroying what all threads share (::_exit).
  bool close();

 private:
  struct State;
  FileThreads(net::EventLoop& loop, std::shared_ptr<State> state);
  void take_done();
  void plan_check();
  void check(const net::Now& now);

  net::EventLoop& loop_;
  std::shared_ptr<State> state_;  // also of each thread
  net::TimerId check_timer_ = 0;
};

}  // namespace idpwatch::daemon
