// What the timeline remembers of the keys and kids of one authority, in a form that is small: the
// metadata of a key in place of its members, a hash where only equality matters.
//
// For .cpp files of checks/timeline only.
#pragma once

#include "base/time.hpp"
#include "model/key_record.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace idpwatch::checks {

// Of most providers all keys are alike but for their material: one text for all of them.
using SharedText = std::shared_ptr<const std::string>;

// A kid under which a key was published.
struct KnownLabel {
  model::Kid kid;
  SharedText metadata;           // when last seen under it; null: empty
  bool current = false;          // among the kids the key had when last seen
  bool open = false;             // a sighting goes on
  base::Instant since;           // begin of that sighting
  std::size_t members_hash = 0;  // of the members in that sighting

  [[nodiscard]] const std::string& metadata_text() const;
};

// What is told of a key, when last seen.
struct KeyFacts {
  std::string kty, crv, alg, use;
  unsigned bits = 0;
  bool operator==(const KeyFacts&) const = default;
};

struct KnownKey {
  std::string thumbprint;
  base::Instant first_seen, last_seen;
  std::vector<KnownLabel> labels;         // sorted by kid
  std::shared_ptr<const KeyFacts> facts;  // shared like metadata; null only until they are read
  bool signing = true;
  std::optional<base::Instant> first_absent_at, withdrawn_at;
  int absent_count = 0;
  std::uint64_t generation = 0;  // number of the last changed set that held it

  [[nodiscard]] bool present() const { return !first_absent_at && !withdrawn_at; }
  KnownLabel* find(const model::Kid& kid);
};

// The smallest kid that is one: none only when there is no other label (docs/timeline.md).
model::Kid smallest_kid(const std::vector<KnownLabel>& labels);

model::KeyRecord to_record(const KnownKey& key, const std::string& authority,
                           base::Instant last_seen);

// What is remembered of one authority, beside the keys of its last good set.
struct KnownLimits {
  std::size_t keys = 20'000;
  std::size_t bytes = std::size_t{8} * 1024 * 1024;
  std::size_t absent = 5'000;  // and not yet withdrawn: each is counted at each observation
  std::size_t labels = 64;     // of one key
};

class KnownKeys {
 public:
  void load(const std::vector<model::KeyRecord>& keys, const std::vector<model::KidRecord>& kids,
            const std::vector<model::Sighting>& sightings);

  KnownKey* find(const std::string& thumbprint);
  // References stay valid until the key is forgotten.
  KnownKey& add(const std::string& thumbprint);
  // The one that was given last, where it is equal: neighbours are.
  SharedText share(const std::string& metadata);
  std::shared_ptr<const KeyFacts> share(KeyFacts facts);
  // Thumbprints a kid had when last seen, sorted; empty: never seen.
  std::vector<std::string>& kid(const std::string& kid) { return kids_[kid]; }

  // Keys of the last good set, and those absent from it and not withdrawn; by thumbprint.
  std::vector<KnownKey*> present, absent;

  [[nodiscard]] std::size_t size() const { return keys_.size(); }
  [[nodiscard]] std::size_t bytes() const;  // about what they take
  // Forgets the longest withdrawn keys, then the longest absent ones, and of a key the kids that it
  // had longest ago. Never a key that is present, or a kid under which it is.
  void keep_within(const KnownLimits& limits);

 private:
  void forget(const std::string& thumbprint);
  void forget_label(const KnownKey& key, const KnownLabel& label);
  void trim_labels(KnownKey& key, std::size_t most);
  void trim_absent(std::size_t most);

  std::unordered_map<std::string_view, std::unique_ptr<KnownKey>> keys_;  // names: the keys' own
  std::unordered_map<std::string, std::vector<std::string>> kids_;
  SharedText last_metadata_;
  std::shared_ptr<const KeyFacts> last_facts_;
};

}  // namespace idpwatch::checks
