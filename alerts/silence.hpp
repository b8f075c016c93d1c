// Silences: an operator says that nobody is to be told of certain findings for a time, why, and in
// whose name. They are set through the admin listener, live in the audit chain, and are read back
// from there at start: who silenced what stays on record. What goes on meanwhile is judged, shown
// and recorded; what still holds at the end is told then. Pure.
#pragma once

#include "alerts/alert_config.hpp"
#include "base/result.hpp"
#include "model/batch.hpp"

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::alerts {

struct Silence {
  std::string id;
  RouteMatch match;  // of findings; not empty
  base::Instant from, until;
  std::string author, comment;

  [[nodiscard]] bool active(base::Instant now) const { return from <= now && now < until; }
};

inline constexpr std::size_t kSilencesMax = 500;  // that are not over

// The one that holds for this finding now; null when there is none.
[[nodiscard]] const Silence* silenced(const model::Finding& finding,
                                      std::span<const Silence> silences, base::Instant now);
// When the next one begins or ends, after `now`.
[[nodiscard]] std::optional<base::Instant> next_bound(std::span<const Silence> silences,
                                                      base::Instant now);

// {"id", "matchers": ["rule=refusal-*", ...], "from", "until", "author", "comment"}
[[nodiscard]] nlohmann::json to_json(const Silence& silence);
// As somebody asks for one: {"matchers": [...], "until" or "for": "2h", "author", "comment"} and
// perhaps "from". kInput: what is wrong with it.
base::Result<Silence> parse_silence(std::string_view body, base::Instant now);

// Those that have been over for a week: the audit chain keeps them.
void forget_old(std::vector<Silence>& silences, base::Instant now);

// Kind "silence": set, or ended early (the same id with a new `until`).
[[nodiscard]] model::AuditNote silence_note(base::Instant now, const Silence& silence);
// From the data of such notes, the oldest first: as they stand now, those over for long left out.
[[nodiscard]] std::vector<Silence> silences_of(std::span<const std::string> notes,
                                               base::Instant now);

}  // namespace idpwatch::alerts
