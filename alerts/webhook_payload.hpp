// The body of a webhook message (docs/schema/webhook.json). Pure.
//
// Names, error texts and values come from outside: they are made harmless for people's eyes and
// cut. A body stays under 20 kB: the first finding stands there in full, so do as many others as
// there is room for, then come brief ones; what is left, and what lies beyond 100, is counted in
// `more`.
#pragma once

#include "alerts/group.hpp"
#include "model/event.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::alerts {

inline constexpr std::size_t kFindingsPerMessage = 100;

inline constexpr std::size_t kBodyBytes = 19'500;

// `runbooks`: where the pages of rules are.
[[nodiscard]] std::string render_notice(base::Instant now, std::string_view instance,
                                        const Notice& notice,
                                        std::string_view runbooks = kRunbooks);
// Without the event's number, which is written before `number_at` once the store has given it.
struct EventBody {
  std::string text;
  std::size_t number_at = 0;
};
[[nodiscard]] EventBody render_event(std::string_view instance, const model::Event& event);
// Marked as a test, with nothing wrong in it.
[[nodiscard]] std::string render_test(base::Instant now, std::string_view instance,
                                      std::string_view receiver);

[[nodiscard]] std::string render_heartbeat(base::Instant now, std::string_view instance,
                                           std::size_t firing);

// Which findings a body of ours opens: of rows read back from the store as well.
struct Openings {
  std::vector<std::string> ids;
  bool all = false;  // the first notice of its group: also those cut from the list
};
[[nodiscard]] Openings openings_of(std::string_view body);

}  // namespace idpwatch::alerts
