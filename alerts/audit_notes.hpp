// Entries of the audit chain about alerts and deliveries (docs/alerts.md). Pure. They never hold
// a secret, a URL or a body, of which the SHA-256 alone is kept.
#pragma once

#include "alerts/alert_book.hpp"
#include "alerts/outbox.hpp"
#include "alerts/retry.hpp"
#include "model/batch.hpp"

namespace idpwatch::alerts {

[[nodiscard]] model::AuditNote transition_note(base::Instant now, const Transition& transition,
                                               const model::Alert* alert);
// In the place of a transition: no more of this finding's follow until midnight.
[[nodiscard]] model::AuditNote omission_note(base::Instant now, const std::string& finding);
[[nodiscard]] model::AuditNote delivery_note(base::Instant now, const Outbox::Finished& finished,
                                             const AttemptResult& result);
[[nodiscard]] model::AuditNote dropped_note(base::Instant now, const Dropped& dropped);

}  // namespace idpwatch::alerts
