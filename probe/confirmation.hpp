// When an authority is asked again before its interval is over: an outage is three bad observations
// in a row and a recovery two good ones, and nobody wants to wait three intervals for that.
//
// Bounded: never sooner than 10 s or a twelfth of the interval, at most eight extra probes an hour
// and host. Pure: instants are arguments.
#pragma once

#include "base/time.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace idpwatch::probe {

// How far the state of one authority is confirmed.
class Confirmation {
 public:
  static constexpr int kBadForOutage = 3, kGoodForRecovery = 2;  // as the rules count them

  // How long to wait before the extra probe that this observation asks for; nullopt: none.
  std::optional<base::Duration> observed(bool good, std::string_view authority,
                                         base::Duration interval);

 private:
  int bad_ = 0, good_ = 0;  // in a row
  bool down_ = false;
};

// How many extra probes a host still gets.
class ExtraProbes {
 public:
  static constexpr int kPerHour = 8;

  // Whether there is one left; takes it.
  bool take(const std::string& host, base::Duration now);
  [[nodiscard]] std::size_t hosts() const { return spent_.size(); }

 private:
  struct Spent {
    double count = 0;
    base::Duration as_of{0};
  };
  static double left_of(const Spent& spent, base::Duration now);

  std::map<std::string, Spent> spent_;
};

}  // namespace idpwatch::probe
