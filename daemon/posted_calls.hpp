// Calls from other threads into the loop: asked by the admin listener, answered by the loop in one
// of its turns.
//
// ask() is safe from every thread but the loop's, and waits a bounded time. Created, closed and
// destroyed on the loop's thread.
#pragma once

#include "base/result.hpp"
#include "net/event_loop.hpp"

#include <chrono>
#include <functional>
#include <memory>

namespace idpwatch::daemon {

class PostedCalls {
 public:
  using Call = std::function<base::Status()>;

  static base::Result<std::unique_ptr<PostedCalls>> create(net::EventLoop& loop);
  ~PostedCalls();
  PostedCalls(const PostedCalls&) = delete;
  PostedCalls& operator=(const PostedCalls&) = delete;

  // kUnreachable when the loop does not come to it in time, or has ended. What it refers to must
  // outlive that: it may still be called later.
  base::Status ask(Call call, std::chrono::milliseconds patience = std::chrono::seconds(5));
  // The loop ends: who waits, and who asks from now on, is answered at once.
  void close();

 private:
  struct Impl;
  explicit PostedCalls(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace idpwatch::daemon
