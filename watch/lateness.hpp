// Why our looks come late, or not at all, for reasons of our own (rule self-late): the loop did not
// run, requests wait for their turn in our own queue, or this host lacks what it takes to ask.
// Pure.
#pragma once

#include "base/time.hpp"
#include "model/observation.hpp"
#include "model/rules.hpp"
#include "watch/loop_lag.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace idpwatch::watch {

class Lateness {
 public:
  // A look ended; `boottime` is now.
  void on_observation(const model::Observation& seen, base::Duration interval,
                      base::Duration boottime);
  // Whenever it has something new to say. (What an earlier run said is taken back after some calm.)
  std::optional<model::CheckResult> take_result(const std::string& instance, base::Instant now,
                                                base::Duration boottime, const LoopLag& lag);

 private:
  struct Trouble {
    std::uint64_t looks = 0;
    std::string text;  // of the newest
    base::Duration longest{0};
    base::Duration last_seen{0};  // boot time
  };
  enum class Said { kNothing, kPassing, kBehind, kWaiting, kLacking };
  [[nodiscard]] Said state(base::Duration boottime, const LoopLag& lag) const;
  [[nodiscard]] model::Finding finding(const std::string& instance, base::Instant now,
                                       const LoopLag& lag) const;

  std::optional<Trouble> waiting_, lacking_;
  Said said_ = Said::kNothing;
};

}  // namespace idpwatch::watch
