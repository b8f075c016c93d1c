#include "checks/timeline/key_timeline.hpp"

#include "checks/timeline/document_change.hpp"
#include "checks/timeline/known_keys.hpp"
#include "checks/timeline/set_change.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <iterator>
#include <numeric>
#include <tuple>
#include <utility>

namespace idpwatch::checks {

namespace {

using model::EventType;

// Of thumbprints that an event lists: a set of thousands would not tell people more.
constexpr std::size_t kListedMax = 100;

template <class T>
void move_to_end(std::vector<T>& to, std::vector<T>&& from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

// Events of one observation come in the order of their types, within a type by thumbprint.
void sort_events(std::vector<model::Event>& events) {
  std::ranges::sort(events, [](const model::Event& a, const model::Event& b) {
    return std::tie(a.type, a.thumbprint, a.kid) < std::tie(b.type, b.thumbprint, b.kid);
  });
}

std::vector<std::string> signing_thumbprints(const std::vector<KnownKey*>& keys) {
  std::vector<std::string> out;
  for (const KnownKey* key : keys) {
    if (key->signing) out.push_back(key->thumbprint);
  }
  return out;
}

bool disjoint(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::ranges::none_of(
      a, [&b](const std::string& thumbprint) { return std::ranges::binary_search(b, thumbprint); });
}

std::string listed(std::vector<std::string> thumbprints) {
  thumbprints.resize(std::min(thumbprints.size(), kListedMax));
  return nlohmann::json(thumbprints).dump();
}

}  // namespace

void TimelineStep::append(TimelineStep&& more) {
  move_to_end(events, std::move(more.events));
  move_to_end(keys, std::move(more.keys));
  move_to_end(kids, std::move(more.kids));
  move_to_end(sightings, std::move(more.sightings));
  state_changed = state_changed || more.state_changed;
}

constexpr KnownLimits kLimits{.keys = KeyTimeline::kKnownKeysMax,
                              .bytes = KeyTimeline::kKnownBytesMax};

struct KeyTimeline::Impl {
  std::string authority;
  model::TimelineConfig config;
  KnownKeys known;
  std::uint64_t generation = 0;
  std::optional<base::Instant> last_good;
  std::vector<int> flaps;  // as in TimelineState
  bool inconsistent = false;
  bool flapped = false;
  std::string discovery_members, jwks_sha256, discovery_sha256, leaf_sha256;

  [[nodiscard]] model::Event event(EventType type, base::Instant at) const {
    model::Event out;
    out.type = type;
    out.at = at;
    out.authority = authority;
    return out;
  }

  void take_set(base::Instant at, const model::KeySet& set, TimelineStep& step);
  void note_set_events(base::Instant at, const std::vector<std::string>& signing_before,
                       bool any_before, TimelineStep& step) const;
  void count_absences(base::Instant at, TimelineStep& step);
  void begin_absence(KnownKey& key, base::Instant at, TimelineStep& step);
  bool confirm(KnownKey& key, base::Instant at, TimelineStep& step) const;
  void advance_flaps(int ended, base::Instant at, TimelineStep& step);
};

void KeyTimeline::Impl::begin_absence(KnownKey& key, base::Instant at, TimelineStep& step) {
  key.last_seen = last_good.value_or(key.last_seen);
  key.first_absent_at = at;
  key.absent_count = 0;
  end_sightings(key, authority, key.last_seen, step);
  known.absent.push_back(&key);
}

void KeyTimeline::Impl::take_set(base::Instant at, const model::KeySet& set, TimelineStep& step) {
  const bool any_before = !known.present.empty();
  const std::vector<std::string> signing_before = signing_thumbprints(known.present);
  const SetChangeInput input{authority, at, last_good.value_or(at), !last_good, ++generation};
  SetChangeResult result = apply_set(input, set, known, step);

  std::erase_if(known.absent, [](const KnownKey* key) { return key->present(); });
  const std::vector<KnownKey*> before = std::exchange(known.present, std::move(result.present));
  for (KnownKey* key : before) {
    if (key->generation != generation) begin_absence(*key, at, step);
  }
  std::ranges::sort(known.absent, {}, &KnownKey::thumbprint);
  count_absences(at, step);
  note_set_events(at, signing_before, any_before, step);
  advance_flaps(result.absences_ended, at, step);
  known.keep_within(kLimits);
}

void KeyTimeline::Impl::note_set_events(base::Instant at,
                                        const std::vector<std::string>& signing_before,
                                        bool any_before, TimelineStep& step) const {
  const std::vector<std::string> signing = signing_thumbprints(known.present);
  if (!signing_before.empty() && !signing.empty() && disjoint(signing_before, signing)) {
    model::Event replaced = event(EventType::kKeysetReplaced, at);
    replaced.old_value = listed(signing_before);
    replaced.new_value = listed(signing);
    step.events.push_back(std::move(replaced));
  }
  if (any_before && known.present.empty()) {
    step.events.push_back(event(EventType::kKeysetEmpty, at));
  }
}

// One more good observation without them.
void KeyTimeline::Impl::count_absences(base::Instant at, TimelineStep& step) {
  if (known.absent.empty()) return;
  std::vector<KnownKey*> still;
  for (KnownKey* key : known.absent) {
    ++key->absent_count;
    if (!confirm(*key, at, step)) still.push_back(key);
    step.keys.push_back(to_record(*key, authority, key->last_seen));
  }
  known.absent = std::move(still);
}

bool KeyTimeline::Impl::confirm(KnownKey& key, base::Instant at, TimelineStep& step) const {
  if (key.absent_count < config.confirm_observations ||
      at - *key.first_absent_at < config.confirm_span) {
    return false;
  }
  key.withdrawn_at = at;
  model::Event withdrawn = event(EventType::kKeyWithdrawn, at);
  withdrawn.about_key = true;
  withdrawn.kid = smallest_kid(key.labels);
  withdrawn.thumbprint = key.thumbprint;
  withdrawn.first_absent_at = key.first_absent_at;
  withdrawn.confirmed_at = at;
  step.events.push_back(std::move(withdrawn));
  return true;
}

void KeyTimeline::Impl::advance_flaps(int ended, base::Instant at, TimelineStep& step) {
  flapped = ended > 0;
  if (flaps.empty() && ended == 0) return;
  step.state_changed = true;
  flaps.push_back(ended);
  if (flaps.size() > kCalmObservations) flaps.erase(flaps.begin());
  flaps.erase(flaps.begin(), std::ranges::find_if(flaps, [](int count) { return count > 0; }));
  if (flaps.empty()) inconsistent = false;
  if (!inconsistent && std::accumulate(flaps.begin(), flaps.end(), 0) >= 2) {
    inconsistent = true;
    step.events.push_back(event(EventType::kKeysetInconsistent, at));
  }
}

KeyTimeline::KeyTimeline(std::string authority, model::TimelineConfig config)
    : impl_(std::make_unique<Impl>()) {
  impl_->authority = std::move(authority);
  impl_->config = config;
}
KeyTimeline::KeyTimeline(KeyTimeline&&) noexcept = default;
KeyTimeline& KeyTimeline::operator=(KeyTimeline&&) noexcept = default;
KeyTimeline::~KeyTimeline() = default;

void KeyTimeline::configure(model::TimelineConfig config) { impl_->config = config; }

void KeyTimeline::restore(const model::TimelineState& state,
                          const std::vector<model::KeyRecord>& keys,
                          const std::vector<model::KidRecord>& kids,
                          const std::vector<model::Sighting>& sightings) {
  impl_->known = {};
  impl_->known.load(keys, kids, sightings);
  impl_->known.keep_within(kLimits);
  impl_->last_good = state.last_good;
  if (state.any_good && !impl_->last_good) impl_->last_good.emplace();
  for (const KnownKey* key : impl_->known.present) {
    if (!impl_->last_good || *impl_->last_good < key->last_seen) impl_->last_good = key->last_seen;
  }
  impl_->flaps = state.flaps;
  impl_->inconsistent = state.inconsistent;
  impl_->discovery_members = state.discovery_members;
  impl_->jwks_sha256 = state.jwks_sha256;
  impl_->discovery_sha256 = state.discovery_sha256;
  impl_->leaf_sha256 = state.leaf_sha256;
}

TimelineStep KeyTimeline::clock_set(base::Duration step, base::Instant now) {
  TimelineStep out;
  const bool back = step < base::Duration(0);
  const auto moved = [&](base::Instant at) { return std::min(at + step, now); };
  for (KnownKey* key : impl_->known.present) {
    if (back) end_sightings(*key, impl_->authority, impl_->last_good.value_or(key->last_seen), out);
    key->first_seen = std::min(key->first_seen, now);
  }
  for (KnownKey* key : impl_->known.absent) {
    key->first_absent_at = moved(*key->first_absent_at);
    key->first_seen = std::min(key->first_seen, now);
    key->last_seen = std::min(key->last_seen, now);
  }
  if (impl_->last_good) impl_->last_good = moved(*impl_->last_good);
  out.state_changed = impl_->last_good.has_value();
  return out;
}

TimelineStep KeyTimeline::observe_keys(base::Instant at, const model::KeySet* changed,
                                       std::string_view sha256) {
  TimelineStep step;
  if (!impl_->last_good || impl_->jwks_sha256 != sha256) step.state_changed = true;
  if (changed != nullptr) {
    impl_->take_set(at, *changed, step);
    step.state_changed = true;
  } else {
    impl_->count_absences(at, step);
    impl_->advance_flaps(0, at, step);
  }
  impl_->last_good = at;
  if (impl_->jwks_sha256 != sha256) impl_->jwks_sha256 = sha256;
  sort_events(step.events);
  return step;
}

TimelineStep KeyTimeline::observe_discovery(base::Instant at, const model::Discovery& document,
                                            std::string_view sha256) {
  TimelineStep step;
  if (!document.issuer) return step;
  std::string members = comparison_members(document);
  if (!impl_->discovery_members.empty() && impl_->discovery_members != members) {
    step.events = document_events(impl_->authority, at, impl_->discovery_members, members);
  }
  step.state_changed = impl_->discovery_members != members || impl_->discovery_sha256 != sha256;
  impl_->discovery_members = std::move(members);
  impl_->discovery_sha256 = sha256;
  return step;
}

TimelineStep KeyTimeline::observe_certificate(base::Instant at, std::string_view leaf_sha256) {
  TimelineStep step;
  if (impl_->leaf_sha256 == leaf_sha256) return step;
  if (!impl_->leaf_sha256.empty()) {
    model::Event changed = impl_->event(EventType::kTlsChanged, at);
    changed.old_value = nlohmann::json(impl_->leaf_sha256).dump();
    changed.new_value = nlohmann::json(leaf_sha256).dump();
    step.events.push_back(std::move(changed));
  }
  impl_->leaf_sha256 = leaf_sha256;
  step.state_changed = true;
  return step;
}

TimelineStep KeyTimeline::flush() const {
  TimelineStep step;
  if (!impl_->last_good) return step;
  for (const KnownKey* key : impl_->known.present) {
    step.keys.push_back(to_record(*key, impl_->authority, *impl_->last_good));
    for (const KnownLabel& label : key->labels) {
      if (!label.open) continue;
      step.sightings.push_back(
          {impl_->authority, key->thumbprint, label.kid, {}, label.since, *impl_->last_good});
    }
  }
  step.state_changed = true;
  return step;
}

std::size_t KeyTimeline::known_keys() const { return impl_->known.size(); }
std::size_t KeyTimeline::known_bytes() const { return impl_->known.bytes(); }
bool KeyTimeline::inconsistent() const { return impl_->inconsistent; }
bool KeyTimeline::flapped() const { return impl_->flapped; }
bool KeyTimeline::had_keys() const { return impl_->known.size() > 0; }
const std::string& KeyTimeline::jwks_sha256() const { return impl_->jwks_sha256; }
const std::string& KeyTimeline::discovery_sha256() const { return impl_->discovery_sha256; }

model::TimelineState KeyTimeline::state() const {
  model::TimelineState state;
  state.authority = impl_->authority;
  state.any_good = impl_->last_good.has_value();
  state.last_good = impl_->last_good;
  for (const KnownKey* key : impl_->known.present) state.last_set.push_back(key->thumbprint);
  state.last_signing = signing_thumbprints(impl_->known.present);
  state.flaps = impl_->flaps;
  state.inconsistent = impl_->inconsistent;
  state.discovery_members = impl_->discovery_members;
  state.jwks_sha256 = impl_->jwks_sha256;
  state.discovery_sha256 = impl_->discovery_sha256;
  state.leaf_sha256 = impl_->leaf_sha256;
  return state;
}

std::vector<model::KeyRecord> KeyTimeline::current_keys() const {
  std::vector<model::KeyRecord> out;
  for (const KnownKey* key : impl_->known.present) {
    out.push_back(to_record(*key, impl_->authority, impl_->last_good.value_or(key->last_seen)));
  }
  for (const KnownKey* key : impl_->known.absent) {
    out.push_back(to_record(*key, impl_->authority, key->last_seen));
  }
  std::ranges::sort(out, {}, &model::KeyRecord::thumbprint);
  return out;
}

}  // namespace idpwatch::checks
