// One line of progress on a terminal's standard error, for work that takes longer than a second;
// it is wiped at the end. Elsewhere: nothing.
#pragma once

#include "base/clock.hpp"
#include "cli/streams.hpp"

#include <string>
#include <string_view>

namespace idpwatch::cli {

class Progress {
 public:
  Progress(Streams& streams, const base::Clock& clock)
      : streams_(streams), clock_(clock), started_(clock.boottime()), shown_at_(started_) {}
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(std::string_view text);

 private:
  Streams& streams_;
  const base::Clock& clock_;
  base::Duration started_, shown_at_;
  bool shown_ = false;
};

}  // namespace idpwatch::cli
