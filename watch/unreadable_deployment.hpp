// The finding deployment-unreadable: what is deployed cannot be read, so that nothing, or only what
// was read before, is judged of it. Pure.
#pragma once

#include "base/error.hpp"
#include "base/time.hpp"
#include "model/rules.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::watch {

inline constexpr std::string_view kUnreadableRule = "deployment-unreadable";

struct Unreadable {
  std::string deployment, instance;
  std::vector<base::Error> problems;
  std::optional<base::Duration> waited;  // for a reading that has not ended
  bool judged_as_before = false;         // by what was read of it earlier
};

// Good when there is neither a problem nor a wait.
model::CheckResult unreadable_result(const Unreadable& what, base::Instant now);

}  // namespace idpwatch::watch
