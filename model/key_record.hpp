// What is remembered of every key and every kid that an authority ever published: the state from
// which the timeline goes on after a restart, and the audit of keys. Kept for ever.
#pragma once

#include "base/time.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace idpwatch::model {

// nullopt: the key was published without a kid. That counts as a label for key.renamed alone.
using Kid = std::optional<std::string>;

struct KeyRecord {
  std::string authority;
  std::string thumbprint;
  base::Instant first_seen, last_seen;
  std::set<Kid> kids_ever;
  std::map<Kid, std::string> last_members;    // the kids it had when last seen -> Jwk::metadata
  std::map<Kid, std::string> former_members;  // kids it had earlier only -> metadata at that time
  std::string kty, crv, alg, use;             // when last seen; empty: absent
  unsigned bits = 0;
  bool signing = true;  // when last seen: published at least once with a use other than "enc"
  // Absence: set with the first good observation without the key, cleared by its return.
  std::optional<base::Instant> first_absent_at;
  int absent_count = 0;                       // consecutive good observations without it
  std::optional<base::Instant> withdrawn_at;  // confirmed; cleared by its return
};

struct KidRecord {
  std::string authority;
  std::string kid;
  std::set<std::string> last_thumbprints;  // those it had when last seen
};

// One uninterrupted stretch in which a key was in the set under one kid with the same members.
// Identity: (authority, thumbprint, kid, first). Given when it begins and again when it ends or is
// flushed; then only `last` is new and `members` is empty, meaning: as stored.
struct Sighting {
  std::string authority, thumbprint;
  Kid kid;
  std::string members;  // Jwk::members; of a key that stands twice under one kid an array of them
  base::Instant first, last;
};

// The little that is left of a timeline beside its keys and kids.
struct TimelineState {
  std::string authority;
  bool any_good = false;                   // a good observation was ever made
  std::optional<base::Instant> last_good;  // when stored; the spans may know a later one
  std::vector<std::string> last_set;       // thumbprints of the last good set
  std::vector<std::string> last_signing;
  // Of the last 20 good observations, newest last: how many unconfirmed absences of keys each one
  // ended. Leading zeros are left out, so that 20 calm ones leave nothing.
  std::vector<int> flaps;
  bool inconsistent = false;
  std::string discovery_members;  // JSON object: member -> comparison text; empty: none yet
  std::string jwks_sha256;        // of the last good body
  std::string discovery_sha256;
  std::string leaf_sha256;  // certificate last seen
};

}  // namespace idpwatch::model
