// What is stored of an authority in a day is bounded, whatever it publishes.
#include "watch/authority_track.hpp"

#include <algorithm>
#include <utility>

namespace idpwatch::watch {

void AuthorityTrack::keep_within_budget(base::Instant at, model::Batch& batch, Judged& judged) {
  for (model::Event& event : judged.events) bound_event(event);
  if (budget_.renew(at)) give_state(batch);
  judged.unrecorded = !budget_.take(at, batch, judged.events);
  if (!budget_.exceeded() && !budget_told_) return;
  budget_told_ = budget_.exceeded();
  judged.verdicts.push_back(budget_.verdict(spec_->name, options_->instance, at));
}

void AuthorityTrack::give_state(model::Batch& batch) {
  flush_span(batch);
  flush_keys(batch);
  std::ranges::move(timeline_.current_keys(), std::back_inserter(batch.keys));
  for (const Body* body : {&discovery_body_, &jwks_body_}) {
    if (body->bytes) batch.documents.push_back({body->stored_sha256, body->bytes});
  }
}

}  // namespace idpwatch::watch
