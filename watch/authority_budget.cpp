// What is stored of an authority in a day is bounded, whatever it publishes.
#include "watch/authority_track.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace idpwatch::watch {

namespace {
// A provider whose keys are all new at every look is told of by a finding.
constexpr std::size_t kOwedMax = 2000;
}  // namespace

void AuthorityTrack::keep_within_budget(base::Instant at, model::Batch& batch,
                                        ProbeOutcome& judged) {
  for (model::Event& event : judged.events) bound_event(event);
  if (budget_.renew(at)) {
    give_state(batch);
    give_owed(batch, judged);
  }
  const std::vector<model::KeyRecord> keys =
      judged.events.empty() ? std::vector<model::KeyRecord>() : batch.keys;
  judged.unrecorded = !budget_.take(at, batch, judged.events);
  if (judged.unrecorded) owe(judged.events, keys);
  if (!budget_.exceeded() && !budget_told_) return;
  budget_told_ = budget_.exceeded();
  judged.results.push_back(budget_.result(spec_->name, options_->instance, at));
}

// What comes and goes, or goes and comes back, leaves nothing to tell.
void AuthorityTrack::owe(const std::vector<model::Event>& events,
                         const std::vector<model::KeyRecord>& keys) {
  constexpr std::array kOwed{model::EventType::kKeyPublished, model::EventType::kKeyWithdrawn,
                             model::EventType::kKeyReturned};
  for (const model::Event& event : events) {
    if (std::ranges::find(kOwed, event.type) == kOwed.end()) continue;
    if (owed_.erase(event.thumbprint) > 0 || owed_.size() >= kOwedMax) continue;
    const auto key = std::ranges::find(keys, event.thumbprint, &model::KeyRecord::thumbprint);
    owed_.emplace(event.thumbprint, Owed{event, key != keys.end() ? *key : model::KeyRecord()});
  }
}

// Dated as they happened. The rows of keys that are published go with the state.
void AuthorityTrack::give_owed(model::Batch& batch, ProbeOutcome& judged) {
  for (auto& [thumbprint, owed] : std::exchange(owed_, {})) {
    if (owed.event.type == model::EventType::kKeyWithdrawn && !owed.key.thumbprint.empty()) {
      batch.keys.push_back(std::move(owed.key));
    }
    judged.events.push_back(std::move(owed.event));
  }
}

void AuthorityTrack::give_state(model::Batch& batch) {
  if (held_back_) return;
  flush_span(batch);
  flush_keys(batch);
  std::ranges::move(timeline_.current_keys(), std::back_inserter(batch.keys));
  for (const Body* body : {&discovery_body_, &jwks_body_}) {
    if (body->bytes) batch.documents.push_back({body->stored_sha256, body->bytes});
  }
}

}  // namespace idpwatch::watch
