// A token's times in words: by this host's clock and by the authority's, and in the unit in which
// they were meant. Pure.
#pragma once

#include "base/time.hpp"
#include "checks/token/token_form.hpp"
#include "forecast/view.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace idpwatch::explain {

enum class TimeUnit { kSeconds, kMilliseconds, kMicroseconds, kNanoseconds };

// What a number in exp, nbf or iat was meant in, by its size: seconds reach 1e11 in the year 5138.
TimeUnit unit_of(std::int64_t value);
std::int64_t in_seconds(std::int64_t value);
// nullopt: absent, or outside the years that an Instant is used for.
std::optional<base::Instant> instant_of(const std::optional<std::int64_t>& seconds);
// One of exp, nbf and iat is too large for seconds.
bool has_wrong_unit(const checks::TokenForm& form);

struct TokenTimes {
  std::vector<std::string> sentences;
  std::vector<std::string> faults;  // of the unit, the type, the time zone
};

TokenTimes times_in_words(const checks::TokenForm& form, base::Instant now,
                          const std::optional<forecast::ClockBounds>& clock);

}  // namespace idpwatch::explain
