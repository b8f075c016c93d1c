// Findings about our own troubles (contracts section 5, self-*). They are sent like all others:
// whoever relies on us must hear when we cannot be relied on.
#pragma once

#include "base/time.hpp"
#include "daemon/backlog.hpp"
#include "model/rules.hpp"
#include "storage/fault.hpp"
#include "storage/store.hpp"

#include <optional>
#include <string>

namespace idpwatch::daemon {

// self-storage: good without a fault, unless something cannot be recorded any more (since when, and
// how much so far; empty: all can).
model::Verdict store_verdict(const std::string& instance,
                             const std::optional<storage::Fault>& fault,
                             const std::optional<Unrecorded>& unrecorded, base::Instant now);
// self-storage, too: a damaged database was moved aside at the start.
model::Finding moved_aside_finding(const std::string& instance, const storage::MovedAside& moved,
                                   base::Instant now);
// That such a finding speaks of it; the other kinds of self-storage do not.
bool tells_of_moved_database(const model::Finding& finding);
// self-reload: `why` the new configuration was refused; good without.
model::Verdict reload_verdict(const std::string& instance, const std::optional<std::string>& why,
                              base::Instant now);

}  // namespace idpwatch::daemon
