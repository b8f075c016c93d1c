// authority.unreachable and authority.recovered: emitted when the finding `authority-unreachable`
// opens and closes, which the alerts know. Pure.
#pragma once

#include "base/time.hpp"
#include "model/event.hpp"
#include "model/finding.hpp"

namespace idpwatch::checks {

// True for findings whose opening and closing are events.
bool has_outage_events(const model::Finding& finding);

// `new_value` is {"kind": "timeout", "summary": ...}.
model::Event unreachable_event(const model::Finding& finding, base::Instant opened_at);
// `new_value` is {"down_s": N}.
model::Event recovered_event(const model::Finding& finding, base::Instant closed_at);

}  // namespace idpwatch::checks
