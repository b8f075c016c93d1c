// What one receiver would be told about one group now, by comparing its alerts with what the
// receiver was told before. Pure.
#pragma once

#include "alerts/alert_config.hpp"
#include "alerts/group.hpp"
#include "model/alert.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::alerts {

// An alert of the group, and where the routes send it; nowhere when it does not fire.
struct GroupMember {
  const model::Alert* alert = nullptr;
  std::vector<std::string> receivers;
  bool muted = false;  // it fires, and nobody is told for now
};

struct ReceiverGroupView {
  Notice notice;                               // without receiver and group
  bool changed = false;                        // it says something new
  std::optional<base::Instant> last_notified;  // the newest that the receiver was notified
  std::optional<base::Instant> first_opened;   // of those that it was not notified yet
  std::optional<base::Instant> changed_since;  // the first change that it was not notified yet
  std::optional<base::Instant> worse_since;  // something is worse than all that it was notified of
  std::optional<base::Instant> try_again;    // when an opening that was given up is due again
};

[[nodiscard]] ReceiverGroupView view_receiver_group(std::span<const GroupMember> members,
                                                    std::string_view receiver,
                                                    const AlertsConfig& config, base::Instant now);

// Firing and not ignored: people are to know.
[[nodiscard]] bool active(const model::Alert& alert);
[[nodiscard]] const model::Notified* notified(const model::Alert& alert, std::string_view receiver);

}  // namespace idpwatch::alerts
