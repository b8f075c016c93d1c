// Writes whole lines to stderr and never waits for whoever reads it: a pipe that nobody empties, a
// journal that has stopped or a terminal held by Ctrl-S must not stop the loop. What cannot be
// written at once is dropped and counted.
#pragma once

#include "base/mutex.hpp"

#include <cstddef>
#include <string_view>

namespace idpwatch::base::log {

class Sink {
 public:
  explicit Sink(int fd) : fd_(fd) {}

  // With its end of line. False: dropped.
  bool put(std::string_view line);
  // Dropped since it was last asked; and back, when people could not be told.
  std::size_t take_dropped();
  void add_dropped(std::size_t lines);

 private:
  [[nodiscard]] bool write(std::string_view line) const;

  const int fd_;
  Mutex mutex_;
  std::size_t dropped_ IDPWATCH_GUARDED_BY(mutex_) = 0;
};

}  // namespace idpwatch::base::log
