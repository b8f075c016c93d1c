#include "checks/timeline/set_change.hpp"

#include "model/key_metadata.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <functional>
#include <tuple>

namespace idpwatch::checks {

namespace {

using model::EventType;

// Of those that an event lists: more would not tell people more.
constexpr std::size_t kListedKidsMax = 16;
constexpr std::size_t kListedThumbprintsMax = 100;

// All entries of the set with one thumbprint, by kid.
using Entries = std::span<const model::Jwk* const>;

struct SeenLabel {
  model::Kid kid;
  std::string metadata;
  std::string members;
};

struct SeenKid {
  const std::string* kid;
  const std::string* thumbprint;
};

std::vector<const model::Jwk*> sorted_entries(const model::KeySet& set) {
  std::vector<const model::Jwk*> entries;
  entries.reserve(set.keys.size());
  for (const model::Jwk& key : set.keys) {
    if (key.decodable()) entries.push_back(&key);
  }
  // Entries alike in both stay in the order of the document.
  std::ranges::sort(entries, [](const model::Jwk* a, const model::Jwk* b) {
    return std::tie(a->thumbprint, a->kid, a) < std::tie(b->thumbprint, b->kid, b);
  });
  return entries;
}

// A key may stand under one kid more than once, say as "sig" and as "enc".
std::vector<SeenLabel> labels_of(Entries entries) {
  std::vector<SeenLabel> labels;
  for (std::size_t i = 0; i < entries.size();) {
    std::size_t end = i + 1;
    while (end < entries.size() && entries[end]->kid == entries[i]->kid) ++end;
    if (end == i + 1) {
      labels.push_back({entries[i]->kid, entries[i]->metadata, entries[i]->members});
    } else {
      std::vector<std::string> metadata, members;
      for (; i < end; ++i) {
        metadata.push_back(entries[i]->metadata);
        members.push_back(entries[i]->members);
      }
      labels.push_back({entries[i - 1]->kid, model::joined_metadata(std::move(metadata)),
                        model::joined_metadata(std::move(members))});
    }
    i = end;
  }
  return labels;
}

std::string kids_json(const std::vector<model::Kid>& kids) {
  nlohmann::json out = nlohmann::json::array();
  for (const model::Kid& kid : kids) {
    if (out.size() == kListedKidsMax) break;
    out.push_back(kid ? nlohmann::json(*kid) : nlohmann::json(nullptr));
  }
  return out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string listed(std::vector<std::string> thumbprints) {
  thumbprints.resize(std::min(thumbprints.size(), kListedThumbprintsMax));
  return nlohmann::json(thumbprints).dump();
}

class SetChange {
 public:
  SetChange(const SetChangeInput& input, KnownKeys& known, TimelineStep& step)
      : input_(input), known_(known), step_(step) {}

  void read_key(Entries entries);
  void read_kids();
  SetChangeResult take() { return std::move(result_); }

 private:
  [[nodiscard]] model::Event event(EventType type, const model::Kid& kid,
                                   const std::string& thumbprint) const {
    model::Event out;
    out.type = type;
    out.at = input_.at;
    out.authority = input_.authority;
    out.about_key = true;
    out.kid = kid;
    out.thumbprint = thumbprint;
    return out;
  }

  void note_return(KnownKey& key, const std::vector<SeenLabel>& seen);
  void note_rename(KnownKey& key, const std::vector<SeenLabel>& seen);
  void note_metadata(KnownKey& key, const std::vector<SeenLabel>& seen);
  bool take_labels(KnownKey& key, const std::vector<SeenLabel>& seen);
  bool take_label(KnownKey& key, const SeenLabel& seen);
  void end_sighting(const KnownKey& key, KnownLabel& label) const;
  void note_kid(std::span<const SeenKid> seen);

  const SetChangeInput& input_;
  KnownKeys& known_;
  TimelineStep& step_;
  SetChangeResult result_;
  std::vector<SeenKid> kids_;
};

model::Kid smallest_kid(const std::vector<SeenLabel>& labels) {
  for (const SeenLabel& label : labels) {
    if (label.kid) return label.kid;
  }
  return std::nullopt;
}

void SetChange::read_key(Entries entries) {
  const model::Jwk& first = *entries.front();
  const std::vector<SeenLabel> seen = labels_of(entries);
  KnownKey* known = known_.find(first.thumbprint);
  const bool fresh = known == nullptr;
  if (fresh) {
    known = &known_.add(first.thumbprint);
    known->first_seen = input_.at;
    model::Event published = event(EventType::kKeyPublished, smallest_kid(seen), first.thumbprint);
    published.initial = input_.initial;
    step_.events.push_back(std::move(published));
  } else {
    note_return(*known, seen);
    note_rename(*known, seen);
    note_metadata(*known, seen);
  }
  KnownKey& key = *known;
  const bool was_absent = !key.present();
  key.first_absent_at.reset();
  key.withdrawn_at.reset();
  key.absent_count = 0;
  key.generation = input_.generation;
  const bool signing = std::ranges::any_of(entries, [](const auto* k) { return k->signing(); });
  const bool relabelled = take_labels(key, seen);
  const bool changed = fresh || was_absent || relabelled || signing != key.signing;
  key.signing = signing;
  // What is said of a key that stands there several times is said by its first signing entry.
  const auto told = std::ranges::find_if(entries, [](const auto* k) { return k->signing(); });
  const model::Jwk& teller = told == entries.end() ? first : **told;
  key.facts = known_.share(
      {teller.kty, teller.crv, teller.alg.value_or(""), teller.use.value_or(""), teller.bits});
  if (changed) step_.keys.push_back(to_record(key, input_.authority, input_.at));
  result_.present.push_back(&key);
  for (const KnownLabel& label : key.labels) {
    if (label.current && label.kid) kids_.push_back({&*label.kid, &key.thumbprint});
  }
}

void SetChange::note_return(KnownKey& key, const std::vector<SeenLabel>& seen) {
  if (key.present()) return;
  if (key.withdrawn_at) {
    step_.events.push_back(event(EventType::kKeyReturned, smallest_kid(seen), key.thumbprint));
  } else {
    ++result_.absences_ended;
  }
}

void SetChange::note_rename(KnownKey& key, const std::vector<SeenLabel>& seen) {
  std::optional<model::Kid> never_had;
  std::vector<model::Kid> new_kids, old_kids;
  for (const SeenLabel& label : seen) {
    const KnownLabel* known = key.find(label.kid);
    if (known != nullptr && known->current) return;
    // Having no kid sorts first: a kid that is one names the event where there is any.
    if (known == nullptr && (!never_had || !*never_had)) never_had = label.kid;
    new_kids.push_back(label.kid);
  }
  if (!never_had) return;
  for (const KnownLabel& label : key.labels) {
    if (label.current) old_kids.push_back(label.kid);
  }
  model::Event renamed = event(EventType::kKeyRenamed, *never_had, key.thumbprint);
  renamed.old_value = kids_json(old_kids);
  renamed.new_value = kids_json(new_kids);
  step_.events.push_back(std::move(renamed));
}

void SetChange::note_metadata(KnownKey& key, const std::vector<SeenLabel>& seen) {
  for (const SeenLabel& label : seen) {
    // Having no kid counts as a label for key.renamed alone (docs/timeline.md).
    const KnownLabel* known = label.kid ? key.find(label.kid) : nullptr;
    if (known == nullptr || known->metadata_text() == label.metadata) continue;
    model::MetadataChange change = model::metadata_change(known->metadata_text(), label.metadata);
    model::Event changed = event(EventType::kKeyMetadataChanged, label.kid, key.thumbprint);
    changed.fields = std::move(change.fields);
    changed.old_value = std::move(change.old_value);
    changed.new_value = std::move(change.new_value);
    step_.events.push_back(std::move(changed));
  }
}

void SetChange::end_sighting(const KnownKey& key, KnownLabel& label) const {
  if (!std::exchange(label.open, false)) return;
  step_.sightings.push_back(
      {input_.authority, key.thumbprint, label.kid, {}, label.since, input_.last_good});
}

// True when a row of the store is to be written again.
bool SetChange::take_labels(KnownKey& key, const std::vector<SeenLabel>& seen) {
  bool changed = false;
  for (KnownLabel& label : key.labels) {
    if (!label.current) continue;
    const bool gone = std::ranges::find(seen, label.kid, &SeenLabel::kid) == seen.end();
    if (!gone) continue;
    end_sighting(key, label);
    label.current = false;
    changed = true;
  }
  for (const SeenLabel& label : seen) changed = take_label(key, label) || changed;
  return changed;
}

bool SetChange::take_label(KnownKey& key, const SeenLabel& seen) {
  KnownLabel* label = key.find(seen.kid);
  if (label == nullptr) {
    const auto place = std::ranges::lower_bound(key.labels, seen.kid, {}, &KnownLabel::kid);
    label = &*key.labels.insert(place, KnownLabel{});
    label->kid = seen.kid;
  }
  const bool relabelled = label->metadata_text() != seen.metadata;
  const bool changed = !label->current || relabelled;
  label->current = true;
  if (relabelled) label->metadata = known_.share(seen.metadata);
  const std::size_t hash = std::hash<std::string>()(seen.members);
  if (!label->open || label->members_hash != hash) {
    end_sighting(key, *label);
    label->open = true;
    label->since = input_.at;
    label->members_hash = hash;
    step_.sightings.push_back(
        {input_.authority, key.thumbprint, label->kid, seen.members, input_.at, input_.at});
  }
  return changed;
}

void SetChange::note_kid(std::span<const SeenKid> seen) {
  const std::string& kid = *seen.front().kid;
  std::vector<std::string> thumbprints;
  for (const SeenKid& entry : seen) thumbprints.push_back(*entry.thumbprint);
  std::vector<std::string>& last = known_.kid(kid);
  if (last == thumbprints) return;
  const bool any_kept = std::ranges::any_of(thumbprints, [&last](const std::string& thumbprint) {
    return std::ranges::binary_search(last, thumbprint);
  });
  if (!last.empty() && !any_kept) {
    model::Event changed = event(EventType::kKeyMaterialChanged, kid, thumbprints.front());
    changed.old_value = listed(last);
    changed.new_value = listed(thumbprints);
    step_.events.push_back(std::move(changed));
  }
  step_.kids.push_back({input_.authority, kid, {thumbprints.begin(), thumbprints.end()}});
  last = std::move(thumbprints);
}

void SetChange::read_kids() {
  std::ranges::sort(kids_, [](const SeenKid& a, const SeenKid& b) {
    return std::tie(*a.kid, *a.thumbprint) < std::tie(*b.kid, *b.thumbprint);
  });
  for (std::size_t i = 0; i < kids_.size();) {
    std::size_t end = i + 1;
    while (end < kids_.size() && *kids_[end].kid == *kids_[i].kid) ++end;
    note_kid(std::span(kids_).subspan(i, end - i));
    i = end;
  }
}

}  // namespace

SetChangeResult apply_set(const SetChangeInput& input, const model::KeySet& set, KnownKeys& known,
                          TimelineStep& step) {
  const std::vector<const model::Jwk*> entries = sorted_entries(set);
  SetChange change(input, known, step);
  for (std::size_t i = 0; i < entries.size();) {
    std::size_t end = i + 1;
    while (end < entries.size() && entries[end]->thumbprint == entries[i]->thumbprint) ++end;
    change.read_key(Entries(entries).subspan(i, end - i));
    i = end;
  }
  change.read_kids();
  return change.take();
}

void end_sightings(KnownKey& key, const std::string& authority, base::Instant last,
                   TimelineStep& step) {
  for (KnownLabel& label : key.labels) {
    if (!std::exchange(label.open, false)) continue;
    step.sightings.push_back(
        {authority, key.thumbprint, label.kid, {}, label.since, std::max(label.since, last)});
  }
}

}  // namespace idpwatch::checks
