// Findings that come and go. One that opens for the fourth time within an hour is flapping: that is
// told once, with the opening, and it then stays open until it has been good for half an hour. So
// people hear of it twice, not at every turn. The finding itself says so, as evidence, which is
// stored with it; counting begins anew with the process. Pure.
#pragma once

#include "base/time.hpp"
#include "model/finding.hpp"

#include <cstddef>
#include <deque>
#include <map>
#include <string>
#include <string_view>

namespace idpwatch::alerts {

inline constexpr std::size_t kOpeningsAnHour = 3;  // that are not flapping yet
inline constexpr base::Duration kFlappingWithin = base::hours(1);
inline constexpr base::Duration kCalmFor = base::minutes(30);
inline constexpr std::string_view kFlappingFact = "flapping";
inline constexpr std::string_view kCalm = "good for 30 min";  // why a flapping finding ends

class OpeningHistory {
 public:
  // This finding opens now; true: too often.
  bool opens_too_often(const std::string& id, base::Instant now);
  void clock_set(base::Duration step);
  [[nodiscard]] std::size_t size() const { return openings_.size(); }

 private:
  void forget_old(base::Instant now);

  std::map<std::string, std::deque<base::Instant>> openings_;  // each oldest first
};

[[nodiscard]] bool is_flapping(const model::Finding& finding);
void mark_flapping(model::Finding& finding);
// "Flapping: opened 4 times within an hour. ..."; empty: it is not.
[[nodiscard]] std::string flapping_sentence(const model::Finding& finding);

}  // namespace idpwatch::alerts
