// When an authority is looked at. Pure: boot time in, boot time out.
//
// The instants of an authority lie on a grid of its interval, moved by a hash of its name so that
// many authorities spread evenly and a restart keeps their places. Within its second each instant
// takes the next golden-ratio phase: a poll at whole seconds never learns anything about the
// server's clock, these phases shrink the interval as 1/n.
#pragma once

#include "base/time.hpp"

#include <cstddef>
#include <string_view>

namespace idpwatch::probe {

// The first instant of the authority's grid that is later than `after`. `interval` >= 1 s; two
// instants are never further apart than interval + 1 s and, for whole seconds, never nearer than
// interval - 1 s.
base::Duration next_look(std::string_view authority, base::Duration interval, base::Duration after);

// The first look after a start: soon, yet not all at once. `authorities` = how many there are.
base::Duration first_look(std::string_view authority, base::Duration interval,
                          std::size_t authorities, base::Duration now);

// A part of `most` that is the authority's own, and another for each `nth`.
base::Duration jitter(std::string_view authority, int nth, base::Duration most);

}  // namespace idpwatch::probe
