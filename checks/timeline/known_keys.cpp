#include "checks/timeline/known_keys.hpp"

#include <algorithm>
#include <functional>
#include <tuple>
#include <utility>

namespace idpwatch::checks {

namespace {

void read_record(KnownKeys& known, const model::KeyRecord& record, KnownKey& key) {
  key.labels.clear();
  key.first_seen = record.first_seen;
  key.last_seen = record.last_seen;
  for (const model::Kid& kid : record.kids_ever) {
    KnownLabel label;
    label.kid = kid;
    const auto last = record.last_members.find(kid);
    const auto former = record.former_members.find(kid);
    label.current = last != record.last_members.end();
    if (label.current) {
      label.metadata = known.share(last->second);
    } else if (former != record.former_members.end()) {
      label.metadata = known.share(former->second);
    }
    key.labels.push_back(std::move(label));
  }
  key.facts = known.share({record.kty, record.crv, record.alg, record.use, record.bits});
  key.signing = record.signing;
  key.first_absent_at = record.first_absent_at;
  key.withdrawn_at = record.withdrawn_at;
  key.absent_count = record.absent_count;
}

// With what the containers add, and the entry of each kid.
std::size_t size_of(const KnownKey& key) {
  constexpr std::size_t kOfKey = 128, kOfLabel = 128;
  std::size_t sum = sizeof(KnownKey) + kOfKey + key.thumbprint.size() * 2;
  for (const KnownLabel& label : key.labels) {
    const std::size_t kid = label.kid ? label.kid->size() : 0;
    sum += sizeof(KnownLabel) + kOfLabel + 2 * kid + label.metadata_text().size();
  }
  return sum;
}

bool by_thumbprint(const KnownKey* a, const KnownKey* b) { return a->thumbprint < b->thumbprint; }

}  // namespace

const std::string& KnownLabel::metadata_text() const {
  static const std::string nothing;
  return metadata ? *metadata : nothing;
}

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
        .emplace(label.kid, label.metadata_text());
  }
  if (key.facts) {
    record.kty = key.facts->kty;
    record.crv = key.facts->crv;
    record.alg = key.facts->alg;
    record.use = key.facts->use;
    record.bits = key.facts->bits;
  }
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
    KnownKey& key = add(record.thumbprint);
    read_record(*this, record, key);
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
  return found == keys_.end() ? nullptr : found->second.get();
}

KnownKey& KnownKeys::add(const std::string& thumbprint) {
  if (KnownKey* known = find(thumbprint)) return *known;
  auto key = std::make_unique<KnownKey>();
  key->thumbprint = thumbprint;
  const std::string_view name = key->thumbprint;
  return *keys_.emplace(name, std::move(key)).first->second;
}

SharedText KnownKeys::share(const std::string& metadata) {
  if (!last_metadata_ || *last_metadata_ != metadata) {
    last_metadata_ = std::make_shared<const std::string>(metadata);
  }
  return last_metadata_;
}

std::shared_ptr<const KeyFacts> KnownKeys::share(KeyFacts facts) {
  if (!last_facts_ || *last_facts_ != facts) {
    last_facts_ = std::make_shared<const KeyFacts>(std::move(facts));
  }
  return last_facts_;
}

void KnownKeys::forget_label(const KnownKey& key, const KnownLabel& label) {
  if (!label.kid) return;
  const auto known = kids_.find(*label.kid);
  if (known == kids_.end()) return;
  std::erase(known->second, key.thumbprint);
  if (known->second.empty()) kids_.erase(known);
}

void KnownKeys::forget(const std::string& thumbprint) {
  const auto found = keys_.find(thumbprint);
  const std::unique_ptr<KnownKey> key = std::move(found->second);
  keys_.erase(found);
  for (const KnownLabel& label : key->labels) forget_label(*key, label);
  std::erase(absent, key.get());
}

std::size_t KnownKeys::bytes() const {
  std::size_t sum = 0;
  for (const auto& [thumbprint, key] : keys_) sum += size_of(*key);
  return sum;
}

void KnownKeys::trim_labels(KnownKey& key, std::size_t most) {
  if (key.labels.size() <= most) return;
  std::vector<std::pair<base::Instant, model::Kid>> former;
  for (const KnownLabel& label : key.labels) {
    if (!label.current) former.emplace_back(label.since, label.kid);
  }
  std::ranges::sort(former);
  // Half of them: this is not done again for the next kid.
  former.resize(std::min(former.size(), key.labels.size() - most / 2));
  for (const auto& [since, kid] : former) {
    const auto label = std::ranges::find(key.labels, kid, &KnownLabel::kid);
    forget_label(key, *label);
    key.labels.erase(label);
  }
}

void KnownKeys::trim_absent(std::size_t most) {
  if (absent.size() <= most) return;
  std::vector<std::pair<base::Instant, std::string>> oldest;
  oldest.reserve(absent.size());
  for (const KnownKey* key : absent) oldest.emplace_back(*key->first_absent_at, key->thumbprint);
  std::ranges::sort(oldest);
  oldest.resize(absent.size() - most);
  for (const auto& [since, thumbprint] : oldest) forget(thumbprint);
}

void KnownKeys::keep_within(const KnownLimits& limits) {
  for (KnownKey* key : present) trim_labels(*key, limits.labels);
  trim_absent(limits.absent);
  std::size_t bytes = this->bytes();
  if (keys_.size() <= limits.keys && bytes <= limits.bytes) return;
  // Some more than needed, so that this is not done again for the next key.
  const std::size_t keys = limits.keys - limits.keys / 16;
  const std::size_t most = limits.bytes - limits.bytes / 16;
  std::vector<std::tuple<bool, base::Instant, std::string>> gone;
  for (const auto& [thumbprint, key] : keys_) {
    if (key->present()) continue;
    const base::Instant since = key->withdrawn_at.value_or(key->last_seen);
    gone.emplace_back(!key->withdrawn_at, since, thumbprint);
  }
  std::ranges::sort(gone);
  for (const auto& [still_counted, since, thumbprint] : gone) {
    if (keys_.size() <= keys && bytes <= most) return;
    bytes -= size_of(*keys_.at(thumbprint));
    forget(thumbprint);
  }
}

}  // namespace idpwatch::checks
