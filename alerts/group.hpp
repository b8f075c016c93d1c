// The group that a finding is told in, by what it is about and the cause (cause.hpp), and what one
// message about a group says. Plain values.
#pragma once

#include "alerts/alert_config.hpp"
#include "base/time.hpp"
#include "model/finding.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::alerts {

// Findings about this host are one group, whichever authority showed them: a wrong local clock is
// one message, not three hundred. So are the authorities of one server that cannot be reached.
struct GroupKey {
  std::string authority;   // name, or "host"; empty where one of the others stands
  std::string server;      // "login.example:443" of authorities that cannot be reached
  std::string deployment;  // of a finding about a deployment alone
  std::string cause;

  // As it stands in the outbox: "authority|cause", "||server|cause", "|deployment|cause".
  [[nodiscard]] std::string text() const;
};

[[nodiscard]] GroupKey group_of(const model::Finding& finding, const AuthorityServers& servers);

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
