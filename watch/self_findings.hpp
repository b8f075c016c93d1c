// Findings about our own troubles (docs/rules.md, self-*). They are sent like all others:
// whoever relies on us must hear when we cannot be relied on.
#pragma once

#include "base/time.hpp"
#include "model/rules.hpp"

#include <optional>
#include <string>

namespace idpwatch::watch {

// self-reload: `why` the new configuration was refused; good without.
model::CheckResult reload_result(const std::string& instance, const std::optional<std::string>& why,
                                 base::Instant now);

}  // namespace idpwatch::watch
