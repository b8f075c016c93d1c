// What becomes of an authority's times when the local clock is set. Its history must not go
// backwards: a stretch that ended before it began would be refused by the store, and "the newest"
// would be the wrong one.
//
// A step ends what goes on (the open span, the sightings of keys) where it stood. What is measured
// from one look to another (since when a key is absent) is moved by the step, so that it lasts as
// long as it did. Events and stretches that were stored keep their dates, or are moved to just
// before the step where they would lie in the future (storage/write_spans.cpp).
#include "watch/authority_track.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace idpwatch::watch {

namespace {

// Less is a slewed clock, or two readings of one instant.
constexpr base::Duration kStep = base::milliseconds(500);

}  // namespace

void AuthorityTrack::follow_clock(const model::Observation& seen, base::Instant wall,
                                  base::Duration boottime, model::Batch& batch,
                                  ProbeOutcome& judged) {
  const base::Duration reading = wall.time_since_epoch() - boottime;
  base::Duration step{0};
  if (clock_reading_ && std::chrono::abs(reading - *clock_reading_) > kStep) {
    step = reading - *clock_reading_;
  }
  if (!clock_reading_ || step != base::Duration(0)) clock_reading_ = reading;
  judged.clock_step = step;
  // By less than that, or while nothing ran: how much of it was time that passed is not known.
  if (last_observed_ && seen.at < *last_observed_ + step) step = seen.at - *last_observed_;
  if (step == base::Duration(0)) return;

  take(timeline_.clock_set(step, seen.at), batch, judged);
  flush_span(batch);
  span_.reset();
  sightings_ended_ = sightings_ended_ || step < base::Duration(0);
  for (auto* at : {&last_observed_, &discovery_last_good_, &jwks_last_good_, &last_key_change_}) {
    if (*at) *at = std::min(**at + step, seen.at);
  }
}

}  // namespace idpwatch::watch
