// What a validator's cache can hold: the states of what an authority published, each with the time
// in which it can have been fetched at the outside, and the stretches in which fetching surely
// works. Between two looks anything may have come first. Pure.
#pragma once

#include "forecast/history/key_set_history.hpp"
#include "forecast/view.hpp"
#include "forecast/windows/schedules.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace idpwatch::forecast {

struct Span {
  base::Instant from, to;  // max() = for ever
};

struct CachedState {
  KeySetVersion published;
  base::Instant early, late;          // it begins: right after the look before, or when first seen
  base::Instant early_end, late_end;  // it ends likewise; max() for the last
  std::optional<Span> fetched;        // null: it cannot be fetched
  base::Instant fetch_at;             // an instant in `fetched`, where changes come late
};

// From one change to the next.
struct Piece {
  base::Instant early, late, early_end, late_end;  // as above
  base::Instant seen;                              // an instant in it, where changes come late
  bool works = false;                              // a process that starts in it can fetch
  std::size_t state = 0;                           // of the line's
};

struct CachedLine {
  std::vector<Piece> pieces;
  std::vector<CachedState> states;  // runs of pieces; empty where nothing was ever published
  std::vector<Span> sure;           // fetching works, wherever in its look each change lies

  // The pieces that begin with a change for the service: it can fetch, or cannot any more, or other
  // keys or another issuer are published. Not: how fetching fails.
  [[nodiscard]] std::vector<std::size_t> turns() const;
};

// How far back that which is served can matter to what is refused now or later.
base::Duration memory_of(const DeploymentView& view);

// The same as an instant. Through an outage that goes on from before, what runs lives on what was
// served before it.
base::Instant remembered_since(const DeploymentView& view, base::Instant now);

// Saturates.
base::Instant after(base::Instant at, base::Duration wait);
base::Duration longer(base::Duration wait, base::Duration by);

// Whether a process that starts then comes by a configuration.
bool can_start(const DeploymentView& view, const Claims& claims, const validators::World& world,
               base::Instant at);

// `world`: with late changes. Empty when nothing changed within the memory.
CachedLine cached_line(const DeploymentView& view, const Claims& claims, const ObservedWorld& world,
                       base::Instant now);

}  // namespace idpwatch::forecast
