#include "watch/rotation_stats.hpp"

#include "watch/first_signers.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace idpwatch::watch {

namespace {

// Events of other kinds lie in between; more of them are not looked through.
constexpr std::size_t kReadMax = 4096;

bool tells(const model::Event& event) {
  return event.type == model::EventType::kKeyPublished ||
         event.type == model::EventType::kKeyWithdrawn ||
         event.type == model::EventType::kKeyReturned;
}

// What is learned from, with labels that are short: a provider may make texts as long as it likes.
constexpr std::size_t kLongestKid = 256;

bool is_long(const model::Kid& kid) { return kid && kid->size() > kLongestKid; }

model::Event lean(model::Event event) {
  if (is_long(event.kid)) event.kid.reset();
  event.fields.clear();
  event.old_value.clear();
  event.new_value.clear();
  return event;
}

model::KeyRecord lean(model::KeyRecord key) {
  key.kids_ever.clear();
  key.former_members.clear();
  std::erase_if(key.last_members, [](const auto& entry) { return is_long(entry.first); });
  for (auto& [kid, metadata] : key.last_members) metadata.clear();
  return key;
}

}  // namespace

base::Status RotationStats::restore(storage::Reader& stored, const std::string& authority) {
  storage::EventFilter filter;
  filter.authority = authority;
  filter.limit = kReadMax;
  filter.newest_first = true;
  auto events = stored.events(filter);
  if (!events) return base::fail(events.error());
  auto keys = stored.keys(authority);
  if (!keys) return base::fail(keys.error());
  auto signers = first_signers(stored, authority);
  if (!signers) return base::fail(signers.error());
  first_signed_ = std::move(*signers);
  events_.clear();
  for (auto event = events->rbegin(); event != events->rend(); ++event) keep(*event);
  keys_.clear();
  for (model::KeyRecord& key : *keys) {
    std::string name = key.thumbprint;
    keys_[std::move(name)] = lean(std::move(key));
  }
  restored_ = true;
  forget_oldest();
  learn();
  return base::Ok{};
}

void RotationStats::observe(const std::vector<model::Event>& events,
                            const checks::KeyTimeline& timeline) {
  if (std::none_of(events.begin(), events.end(), tells)) return;
  for (const model::Event& event : events) keep(event);
  for (model::KeyRecord& key : timeline.current_keys()) {
    std::string name = key.thumbprint;
    keys_[std::move(name)] = lean(std::move(key));
  }
  forget_oldest();
  learn();
}

void RotationStats::signer_seen(const std::string& authority, const std::string& thumbprint,
                                base::Instant at) {
  if (first_signed_.try_emplace({authority, thumbprint}, at).second) learn();
}

void RotationStats::keep(const model::Event& event) {
  if (tells(event)) events_.push_back(lean(event));
}

void RotationStats::forget_oldest() {
  if (events_.size() > kEventsMax) {
    events_.erase(events_.begin(), events_.end() - static_cast<std::ptrdiff_t>(kEventsMax * 3 / 4));
  }
  std::set<std::string> named;
  for (const model::Event& event : events_) named.insert(event.thumbprint);
  std::erase_if(keys_, [&](const auto& entry) { return !named.contains(entry.first); });
  std::erase_if(first_signed_,
                [&](const auto& entry) { return !named.contains(entry.first.second); });
}

void RotationStats::learn() {
  ++revision_;
  std::vector<model::KeyRecord> keys;
  keys.reserve(keys_.size());
  for (const auto& [thumbprint, key] : keys_) keys.push_back(key);
  rotations_ = checks::rotations(events_, keys, first_signed_);
  std::vector<checks::Learned> learned = checks::learned(events_, keys);
  learned_.reset();
  if (!learned.empty()) learned_ = std::move(learned.front());
}

}  // namespace idpwatch::watch
