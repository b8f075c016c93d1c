// Work that may block, such as reading files, away from the loop: in the daemon on the threads of
// file_threads.hpp, in replays at once or when the test says so. Loop thread only.
#pragma once

#include <functional>

namespace idpwatch::watch {

class Background {
 public:
  using Done = std::function<void()>;  // what to do with the result, on the loop
  // On another thread: may use only what it owns, and what is safe from every thread.
  using Job = std::function<Done()>;

  virtual ~Background() = default;
  // Jobs may run side by side and end in any order. One that hangs is never done; neither is one
  // that is under way when the process ends.
  virtual void submit(Job job) = 0;
};

}  // namespace idpwatch::watch
