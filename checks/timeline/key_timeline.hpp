// What changed between the good observations of one authority: its keys, its document, its
// certificate. Observations in, events and what is to be remembered out.
//
// Knows nothing about fetching, digests of bodies (it only keeps them for the caller), findings or
// storage. Pure: instants are arguments. One instance an authority, one thread at a time. Nothing
// here fails: what cannot be read never gets this far.
//
// Cost: an unchanged observation is O(absent and not yet withdrawn keys), without allocation when
// there are none. A changed one is O(n log n) in its keys. Memory: about 600 bytes a key ever
// seen, `kKnownKeysMax` keys and `kKnownBytesMax` bytes beside those of the last set; beyond that
// the longest withdrawn ones are forgotten here (not in the store), then the longest absent ones,
// so that a provider with new keys in every answer cannot fill the memory.
//
// Rules: section 5 of the design, see docs/timeline.md.
#pragma once

#include "base/time.hpp"
#include "model/authority.hpp"
#include "model/discovery.hpp"
#include "model/event.hpp"
#include "model/jwk.hpp"
#include "model/key_record.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::checks {

// What one observation did. Rows replace those of the same identity in the store.
struct TimelineStep {
  std::vector<model::Event> events;  // in the order of the table; `seq` is given by the store
  std::vector<model::KeyRecord> keys;
  std::vector<model::KidRecord> kids;
  std::vector<model::Sighting> sightings;
  bool state_changed = false;  // state() is to be stored again

  void append(TimelineStep&& more);
};

class KeyTimeline {
 public:
  static constexpr std::size_t kKnownKeysMax = 20'000;
  static constexpr std::size_t kKnownBytesMax = std::size_t{8} * 1024 * 1024;
  // Good observations over which absences that ended are counted, and that calm takes.
  static constexpr std::size_t kCalmObservations = 20;

  KeyTimeline(std::string authority, model::TimelineConfig config);
  KeyTimeline(KeyTimeline&&) noexcept;
  KeyTimeline& operator=(KeyTimeline&&) noexcept;
  ~KeyTimeline();

  // Goes on from what was stored, before the first observation. `state.last_good` tells when the
  // present keys were last seen; sightings that were open then are continued when they are given.
  void restore(const model::TimelineState& state, const std::vector<model::KeyRecord>& keys,
               const std::vector<model::KidRecord>& kids,
               const std::vector<model::Sighting>& sightings = {});
  void configure(model::TimelineConfig config);

  // The local clock was set by so much, and says `now`. What goes on is dated by the new clock, and
  // nothing lies in its future. After a step back sightings have ended: the next observation must
  // give its set, though it be the last one again.
  TimelineStep clock_set(base::Duration step, base::Instant now);

  // One good JWKS observation. `changed` is null when it repeats the last good body: a 304, or an
  // equal digest. `sha256` is the caller's digest of the body, kept in the state.
  TimelineStep observe_keys(base::Instant at, const model::KeySet* changed,
                            std::string_view sha256);
  // A document that differs from the last one. One without an `issuer` is no discovery document
  // (an error page in JSON, say) and changes nothing.
  TimelineStep observe_discovery(base::Instant at, const model::Discovery& document,
                                 std::string_view sha256);
  // The leaf certificate, hex of the digest of its DER.
  TimelineStep observe_certificate(base::Instant at, std::string_view leaf_sha256);

  // Rows of the present keys as of the last good observation, for a flush of open spans.
  [[nodiscard]] TimelineStep flush() const;

  [[nodiscard]] std::size_t known_keys() const;   // that are remembered
  [[nodiscard]] std::size_t known_bytes() const;  // about what they take
  [[nodiscard]] bool inconsistent() const;        // while so, no keyset-replaced finding is opened
  [[nodiscard]] bool flapped() const;   // the newest observation ended an unconfirmed absence
  [[nodiscard]] bool had_keys() const;  // some good set held a key
  [[nodiscard]] const std::string& jwks_sha256() const;
  [[nodiscard]] const std::string& discovery_sha256() const;
  [[nodiscard]] model::TimelineState state() const;
  // Keys that are not withdrawn: present, or absent and not yet confirmed (first_absent_at).
  [[nodiscard]] std::vector<model::KeyRecord> current_keys() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace idpwatch::checks
