#include "checks/timeline/rotations.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <tuple>

namespace idpwatch::checks {

namespace {

using model::EventType;
using nlohmann::json;

// Keys published within it belong to one new generation: nodes of a provider take it over one
// after the other.
constexpr base::Duration kSameGeneration = base::hours(1);
// Machine-made rotations of real providers stay under 0.02; daily looks blur that.
constexpr double kRegularVariationMax = 0.1;
constexpr std::size_t kRegularIntervalsMin = 3;

using Name = std::pair<std::string, std::string>;  // authority, thumbprint
using Records = std::map<Name, const model::KeyRecord*>;

Records by_name(std::span<const model::KeyRecord> keys) {
  Records out;
  for (const model::KeyRecord& key : keys) out.emplace(Name(key.authority, key.thumbprint), &key);
  return out;
}

model::Kid kid_of(const model::KeyRecord& key) {
  for (const auto& [kid, metadata] : key.last_members) {
    if (kid) return kid;
  }
  return std::nullopt;
}

auto kind(const model::KeyRecord& key) {
  return std::tie(key.authority, key.kty, key.crv, key.alg, key.use);
}

// The signing keys of all authorities, grouped so that candidates of a successor stand together,
// in the order of their first sight.
std::vector<const model::KeyRecord*> candidates(std::span<const model::KeyRecord> keys) {
  std::vector<const model::KeyRecord*> out;
  for (const model::KeyRecord& key : keys) {
    if (key.signing) out.push_back(&key);
  }
  std::ranges::sort(out, [](const model::KeyRecord* a, const model::KeyRecord* b) {
    return std::tuple(kind(*a), a->first_seen, a->thumbprint) <
           std::tuple(kind(*b), b->first_seen, b->thumbprint);
  });
  return out;
}

const model::KeyRecord* successor(const std::vector<const model::KeyRecord*>& sorted,
                                  const model::KeyRecord& old) {
  const auto next = std::ranges::upper_bound(
      sorted, std::tuple(kind(old), old.first_seen), {},
      [](const model::KeyRecord* key) { return std::tuple(kind(*key), key->first_seen); });
  return next == sorted.end() || kind(**next) != kind(old) ? nullptr : *next;
}

// The last word about each key: withdrawn, unless it returned after that.
std::map<Name, const model::Event*> withdrawals(std::span<const model::Event> events) {
  std::map<Name, const model::Event*> out;
  for (const model::Event& event : events) {
    if (event.type == EventType::kKeyWithdrawn) {
      out[{event.authority, event.thumbprint}] = &event;
    } else if (event.type == EventType::kKeyReturned) {
      out.erase({event.authority, event.thumbprint});
    }
  }
  return out;
}

// Times of new generations of signing keys, by authority.
std::map<std::string, std::vector<base::Instant>> generations(std::span<const model::Event> events,
                                                              const Records& records) {
  std::map<std::string, std::vector<base::Instant>> out;
  for (const model::Event& event : events) {
    if (event.type != EventType::kKeyPublished || event.initial) continue;
    const auto record = records.find({event.authority, event.thumbprint});
    if (record == records.end() || !record->second->signing) continue;
    std::vector<base::Instant>& times = out[event.authority];
    if (times.empty() || event.at - times.back() > kSameGeneration) times.push_back(event.at);
  }
  return out;
}

std::vector<base::Duration> intervals_of(const std::vector<base::Instant>& times) {
  std::vector<base::Duration> intervals;
  for (std::size_t i = 1; i < times.size(); ++i) intervals.push_back(times[i] - times[i - 1]);
  return intervals;
}

double variation(const std::vector<base::Duration>& intervals) {
  const auto count = static_cast<double>(intervals.size());
  double sum = 0;
  for (const base::Duration interval : intervals) sum += static_cast<double>(interval.count());
  const double mean = sum / count;
  double squares = 0;
  for (const base::Duration interval : intervals) {
    const double off = static_cast<double>(interval.count()) - mean;
    squares += off * off;
  }
  return std::sqrt(squares / count) / mean;
}

json to_json(const RotatedKey& key) {
  return {{"kid", key.kid ? json(*key.kid) : json(nullptr)}, {"thumbprint", key.thumbprint}};
}

std::int64_t whole_seconds(base::Duration duration) {
  return std::chrono::floor<std::chrono::seconds>(duration).count();
}

}  // namespace

std::vector<Rotation> rotations(std::span<const model::Event> events,
                                std::span<const model::KeyRecord> keys,
                                const FirstSigned& first_signed) {
  const Records records = by_name(keys);
  const std::vector<const model::KeyRecord*> sorted = candidates(keys);
  std::vector<Rotation> out;
  for (const auto& [name, event] : withdrawals(events)) {
    const auto old = records.find(name);
    if (old == records.end() || !old->second->signing) continue;
    const model::KeyRecord* next = successor(sorted, *old->second);
    if (next == nullptr) continue;
    Rotation rotation;
    rotation.authority = name.first;
    rotation.old_key = {event->kid, name.second};
    rotation.new_key = {kid_of(*next), next->thumbprint};
    rotation.published_at = next->first_seen;
    rotation.withdrawn_at = event->first_absent_at.value_or(event->at);
    rotation.overlap = rotation.withdrawn_at - rotation.published_at;
    const auto signed_at = first_signed.find({name.first, next->thumbprint});
    if (signed_at != first_signed.end()) rotation.lead = signed_at->second - next->first_seen;
    out.push_back(std::move(rotation));
  }
  std::ranges::sort(out, [](const Rotation& a, const Rotation& b) {
    return std::tie(a.withdrawn_at, a.authority, a.old_key.thumbprint) <
           std::tie(b.withdrawn_at, b.authority, b.old_key.thumbprint);
  });
  return out;
}

std::vector<Learned> learned(std::span<const model::Event> events,
                             std::span<const model::KeyRecord> keys) {
  std::vector<Learned> out;
  for (const auto& [authority, times] : generations(events, by_name(keys))) {
    std::vector<base::Duration> intervals = intervals_of(times);
    if (intervals.size() < 2) continue;
    Learned entry;
    entry.authority = authority;
    entry.regular =
        intervals.size() >= kRegularIntervalsMin && variation(intervals) <= kRegularVariationMax;
    std::ranges::sort(intervals);
    entry.cadence = intervals[intervals.size() / 2];
    entry.last = times.back();
    if (entry.regular) {
      entry.next_earliest = times.back() + intervals.front();
      entry.next_latest = times.back() + intervals.back();
    }
    out.push_back(std::move(entry));
  }
  return out;
}

json to_json(const Rotation& rotation) {
  json out = {{"authority", rotation.authority},
              {"old", to_json(rotation.old_key)},
              {"new", to_json(rotation.new_key)},
              {"published_at", base::format_rfc3339(rotation.published_at)},
              {"withdrawn_at", base::format_rfc3339(rotation.withdrawn_at)},
              {"overlap_s", whole_seconds(rotation.overlap)},
              {"lead_s", nullptr}};
  if (rotation.lead) out["lead_s"] = whole_seconds(*rotation.lead);
  return out;
}

json to_json(const Learned& learned) {
  json out = {{"authority", learned.authority},
              {"cadence_s", whole_seconds(learned.cadence)},
              {"regular", learned.regular},
              {"next", nullptr}};
  if (learned.next_earliest && learned.next_latest) {
    out["next"] = {{"earliest", base::format_rfc3339(*learned.next_earliest)},
                   {"latest", base::format_rfc3339(*learned.next_latest)}};
  }
  return out;
}

}  // namespace idpwatch::checks
