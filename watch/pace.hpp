// How often an authority is probed that asks to be asked less, and what people are told of it (rule
// self-pace): 429 is for idpwatch's own requests, of which it makes more than any service. Pure.
#pragma once

#include "base/time.hpp"
#include "model/observation.hpp"
#include "model/rules.hpp"

#include <string>

namespace idpwatch::watch {

// Answered 429: our own requests are too many.
bool is_limited(const model::Observation& seen);
// Of the probes in a row that were limited; beyond, nothing gets longer.
inline constexpr int kLimitedMax = 12;

// Until the next probe, at most an hour; zero: as ever. With 429 as Retry-After says (RFC 9110
// section 10.2.3), and twice as long as the last time; with 503 as Retry-After says.
base::Duration pause(const model::Observation& seen, int limited, base::Duration interval,
                     base::Instant now);

model::CheckResult pace_result(const model::Observation& seen, base::Duration pause,
                               base::Duration interval, const std::string& instance);

}  // namespace idpwatch::watch
