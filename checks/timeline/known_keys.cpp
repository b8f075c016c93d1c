#include "checks/timeline/known_keys.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace idpwatch::checks {

namespace {

KnownKey from_record(const model::KeyRecord& record) {
  KnownKey key;
  key.thumbprint = record.thumbprint;
  key.first_seen = record.first_seen;
  key.last_seen = record.last_seen;
  for (const model::Kid& kid : record.kids_ever) {
    KnownLabel label;
    label.kid = kid;
    const auto last = record.last_members.find(kid);
    const auto former = record.former_members.find(kid);
    label.current = last != record.last_members.end();
    if (label.current) {
      label.metadata = last->second;
    } else if (former != record.former_members.end()) {
      label.metadata = former->second;
    }
    key.labels.push_back(std::move(label));
  }
  key.kty = record.kty;
  key.crv = record.crv;
  key.alg = record.alg;
  key.use = record.use;
  key.bits = record.bits;
  key.signing = record.signing;
  key.first_absent_at = record.first_absent_at;
  key.withdrawn_at = record.withdrawn_at;
  key.absent_count = record.absent_count;
  return key;
}

bool by_thumbprint(const KnownKey* a, const KnownKey* b) { return a->thumbprint < b->thumbprint; }

}  // namespace

KnownLabel* KnownKey::find(const model::Kid& kid) {
  const auto found = std::ranges::find(labels, kid, &KnownLabel::kid);
  return found == labels.end() ? nullptr : &*found;
}

model::Kid smallest_kid(const std::vector<KnownLabel>& labels) {
  for (const KnownLabel& label : labels) {
    if (label.current && label.kid) return label.kid;
  }
  return std::nullopt;
}

model::KeyRecord to_record(const KnownKey& key, const std::string& authority,
                           base::Instant last_seen) {
  model::KeyRecord record;
  record.authority = authority;
  record.thumbprint = key.thumbprint;
  record.first_seen = key.first_seen;
  record.last_seen = last_seen;
  for (const KnownLabel& label : key.labels) {
    record.kids_ever.insert(label.kid);
    (label.current ? record.last_members : record.former_members)
        .emplace(label.kid, label.metadata);
  }
  record.kty = key.kty;
  record.crv = key.crv;
  record.alg = key.alg;
  record.use = key.use;
  record.bits = key.bits;
  record.signing = key.signing;
  record.first_absent_at = key.first_absent_at;
  record.absent_count = key.absent_count;
  record.withdrawn_at = key.withdrawn_at;
  return record;
}

void KnownKeys::load(const std::vector<model::KeyRecord>& keys,
                     const std::vector<model::KidRecord>& kids,
                     const std::vector<model::Sighting>& sightings) {
  for (const model::KeyRecord& record : keys) {
    KnownKey& key = keys_.insert_or_assign(record.thumbprint, from_record(record)).first->second;
    if (key.present()) present.push_back(&key);
    if (key.first_absent_at && !key.withdrawn_at) absent.push_back(&key);
  }
  std::ranges::sort(present, by_thumbprint);
  std::ranges::sort(absent, by_thumbprint);
  for (const model::KidRecord& record : kids) {
    kids_[record.kid].assign(record.last_thumbprints.begin(), record.last_thumbprints.end());
  }
  // Of several sightings of one label the newest is the one that was open.
  for (const model::Sighting& sighting : sightings) {
    KnownKey* key = find(sighting.thumbprint);
    KnownLabel* label = key == nullptr || !key->present() ? nullptr : key->find(sighting.kid);
    if (label == nullptr || !label->current) continue;
    if (label->open && label->since >= sighting.first) continue;
    label->open = true;
    label->since = sighting.first;
    label->members_hash = std::hash<std::string>()(sighting.members);
  }
}

KnownKey* KnownKeys::find(const std::string& thumbprint) {
  const auto found = keys_.find(thumbprint);
  return found == keys_.end() ? nullptr : &found->second;
}

KnownKey& KnownKeys::add(const std::string& thumbprint) {
  KnownKey& key = keys_[thumbprint];
  key.thumbprint = thumbprint;
  return key;
}

void KnownKeys::forget(const std::string& thumbprint) {
  const auto found = keys_.find(thumbprint);
  for (const KnownLabel& label : found->second.labels) {
    if (!label.kid) continue;
    const auto known = kids_.find(*label.kid);
    if (known == kids_.end()) continue;
    std::erase(known->second, thumbprint);
    if (known->second.empty()) kids_.erase(known);
  }
  keys_.erase(found);
}

void KnownKeys::forget_beyond(std::size_t most) {
  if (keys_.size() <= most) return;
  std::vector<std::pair<base::Instant, std::string>> withdrawn;
  for (const auto& [thumbprint, key] : keys_) {
    if (key.withdrawn_at) withdrawn.emplace_back(*key.withdrawn_at, thumbprint);
  }
  // Some more than needed, so that this is not done again for the next key.
  const std::size_t wanted = keys_.size() - most + most / 16;
  const std::size_t count = std::min(wanted, withdrawn.size());
  const auto end = withdrawn.begin() + static_cast<std::ptrdiff_t>(count);
  std::ranges::partial_sort(withdrawn, end);
  for (auto oldest = withdrawn.begin(); oldest != end; ++oldest) forget(oldest->second);
}

}  // namespace idpwatch::checks
