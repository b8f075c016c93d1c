// What the timeline remembers of the keys and kids of one authority, in a form that is small: the
// metadata of a key in place of its members, a hash where only equality matters.
//
// For .cpp files of checks/timeline only.
#pragma once

#include "base/time.hpp"
#include "model/key_record.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace idpwatch::checks {

// A kid under which a key was published.
struct KnownLabel {
  model::Kid kid;
  std::string metadata;          // when last seen under it
  bool current = false;          // among the kids the key had when last seen
  bool open = false;             // a sighting goes on
  base::Instant since;           // begin of that sighting
  std::size_t members_hash = 0;  // of the members in that sighting
};

struct KnownKey {
  std::string thumbprint;
  base::Instant first_seen, last_seen;
  std::vector<KnownLabel> labels;  // sorted by kid
  std::string kty, crv, alg, use;
  unsigned bits = 0;
  bool signing = true;
  std::optional<base::Instant> first_absent_at, withdrawn_at;
  int absent_count = 0;
  std::uint64_t generation = 0;  // number of the last changed set that held it

  [[nodiscard]] bool present() const { return !first_absent_at && !withdrawn_at; }
  KnownLabel* find(const model::Kid& kid);
};

// The smallest kid that is one: none only when there is no other label (design section 5).
model::Kid smallest_kid(const std::vector<KnownLabel>& labels);

model::KeyRecord to_record(const KnownKey& key, const std::string& authority,
                           base::Instant last_seen);

class KnownKeys {
 public:
  void load(const std::vector<model::KeyRecord>& keys, const std::vector<model::KidRecord>& kids,
            const std::vector<model::Sighting>& sightings);

  KnownKey* find(const std::string& thumbprint);
  // References stay valid until the key is forgotten.
  KnownKey& add(const std::string& thumbprint);
  // Thumbprints a kid had when last seen, sorted; empty: never seen.
  std::vector<std::string>& kid(const std::string& kid) { return kids_[kid]; }

  // Keys of the last good set, and those absent from it and not withdrawn; by thumbprint.
  std::vector<KnownKey*> present, absent;

  [[nodiscard]] std::size_t size() const { return keys_.size(); }
  // Forgets the longest withdrawn keys when there are more than `most`.
  void forget_beyond(std::size_t most);

 private:
  void forget(const std::string& thumbprint);

  std::unordered_map<std::string, KnownKey> keys_;
  std::unordered_map<std::string, std::vector<std::string>> kids_;
};

}  // namespace idpwatch::checks
