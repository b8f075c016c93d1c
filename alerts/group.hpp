// The group that a finding is told in: authority (or this host) and rule (alerting rule R8), and
// what one message about a group says. Plain values.
#pragma once

#include "base/time.hpp"
#include "model/finding.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::alerts {

// Findings about this host are one group, whichever authority showed them: a wrong local clock is
// one message, not three hundred.
struct GroupKey {
  std::string authority;   // name, or "host"; empty for a finding about a deployment alone
  std::string deployment;  // then this one
  std::string rule;

  // As it stands in the outbox: "authority|rule", "|deployment|rule".
  [[nodiscard]] std::string text() const;
};

[[nodiscard]] GroupKey group_of(const model::Finding& finding);

enum class EntryState {
  kOpened,
  kUpdated,
  kResolved,
  kFiring
};  // in the order in which they stand

std::string_view to_text(EntryState state);

struct NoticeEntry {
  EntryState state = EntryState::kFiring;
  model::Finding finding;
  base::Duration duration{0};  // firing for so long
};

enum class NoticeKind { kFiring, kUpdated, kResolved };

// One message to one receiver about one group.
struct Notice {
  std::string receiver;
  GroupKey group;
  NoticeKind kind = NoticeKind::kFiring;
  bool reminder = false;
  std::vector<NoticeEntry> entries;  // changed ones first, then by severity and id
};

std::string_view to_text(NoticeKind kind);  // "alert.firing", ...

}  // namespace idpwatch::alerts
