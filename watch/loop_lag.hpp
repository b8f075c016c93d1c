// When the loop did not run: because a turn took long, or because the machine gave us no time
// (SIGSTOP, suspend, no CPU). Measured as how much later than due timers ran. In such a stretch
// nobody else is late: answers wait in the kernel for us, and timeouts run out unserved.
//
// Whether that is worth a finding (self-late) is one measure for the whole loop, with hysteresis:
// it opens when much of the last minute was lost, and closes after five minutes in which next to
// nothing was. Pure: instants of the boot clock are arguments. One thread.
#pragma once

#include "base/time.hpp"

#include <deque>
#include <optional>

namespace idpwatch::watch {

class LoopLag {
 public:
  // Shorter ones are how a busy loop works: a slice of judging, a large document.
  static constexpr base::Duration kNoticed = base::milliseconds(250);
  // In which a transfer may run into its timeout although the other side answered in time.
  static constexpr base::Duration kLong = base::seconds(1);
  static constexpr base::Duration kOpensAfter = base::seconds(10);  // lost of the last minute
  static constexpr base::Duration kOpensWithin = base::minutes(1);
  static constexpr base::Duration kClosesWithin = base::minutes(5);
  static constexpr std::size_t kStretchesMax = 256;

  explicit LoopLag(base::Duration started) : started_(started) {}

  // A timer that was due then ran now.
  void ran(base::Duration due, base::Duration now);
  // The next timer that is sure to run, for stretches that are not over yet; nullopt: none is set.
  void expect(std::optional<base::Duration> due) { expected_ = due; }

  struct Lost {
    base::Duration sum{0}, longest{0};
  };
  // What was lost of that time, in stretches of at least kNoticed.
  [[nodiscard]] Lost lost(base::Duration from, base::Duration to) const;
  // Latencies and clock readings taken in that time say nothing.
  [[nodiscard]] bool distorts(base::Duration from, base::Duration to) const;
  // A failure in that time may be our own.
  [[nodiscard]] bool excuses(base::Duration from, base::Duration to) const;

  // Looks whether self-late opens or closes.
  void judge(base::Duration now);
  // While it is open: what was lost of the worst minute so far, and the longest stretch.
  [[nodiscard]] const std::optional<Lost>& late() const { return late_; }
  // Calm for long enough to say so: also what an earlier run left open is over then.
  [[nodiscard]] bool calm(base::Duration now) const;

 private:
  struct Stretch {
    base::Duration from, to;
  };
  [[nodiscard]] Lost lost_in(base::Duration from, base::Duration to, base::Duration least) const;

  base::Duration started_;
  std::deque<Stretch> stretches_;  // in order, disjoint; of the last kClosesWithin and some more
  std::optional<base::Duration> expected_;
  std::optional<Lost> late_;
};

}  // namespace idpwatch::watch
