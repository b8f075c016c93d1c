// The history view of what happened to an authority's signing keys: rotations, and the cadence
// learned from them (docs/json.md, `history`).
//
// A rotation is a signing key that was withdrawn, did not return, and whose successor is known: the
// next signing key of the same kty, crv, alg and use published after it. `overlap` runs from the
// successor's first sight to the first sight without the old key; it is negative where the old key
// went first.
//
// Knows nothing about storage. Pure functions of events (any number of authorities, in the order of
// time) and of what is remembered of their keys.
#pragma once

#include "base/time.hpp"
#include "model/event.hpp"
#include "model/key_record.hpp"

#include <nlohmann/json_fwd.hpp>

#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace idpwatch::checks {

struct RotatedKey {
  model::Kid kid;
  std::string thumbprint;
};

struct Rotation {
  std::string authority;
  RotatedKey old_key, new_key;
  base::Instant published_at;  // first sight of the new key
  base::Instant withdrawn_at;  // first sight without the old key
  base::Duration overlap{0};
  std::optional<base::Duration> lead;  // published before it signs; only where that was seen
};

struct Learned {
  std::string authority;
  base::Duration cadence{0};  // median interval between new signing keys
  bool regular = false;       // coefficient of variation at most 0.1, over three intervals at least
  base::Instant last;         // the newest one so far
  // Of the next new key; only of a regular one.
  std::optional<base::Instant> next_earliest, next_latest;
};

// (authority, thumbprint) -> when it was first seen to sign (a canary token).
using FirstSigned = std::map<std::pair<std::string, std::string>, base::Instant>;

// In the order of withdrawn_at.
std::vector<Rotation> rotations(std::span<const model::Event> events,
                                std::span<const model::KeyRecord> keys,
                                const FirstSigned& first_signed = {});

// One entry for each authority with at least two intervals between new signing keys; by name. Keys
// of an authority's first good observation tell no time. `last_good` bounds nothing here: a next
// one that is overdue is still the next one.
std::vector<Learned> learned(std::span<const model::Event> events,
                             std::span<const model::KeyRecord> keys);

nlohmann::json to_json(const Rotation& rotation);
nlohmann::json to_json(const Learned& learned);

}  // namespace idpwatch::checks
