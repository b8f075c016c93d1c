// The world in which the authority rotates as usual: its newest good answers, until at an instant
// the next key appears and, after the usual overlap, the former one is gone. Pure.
#pragma once

#include "forecast/history/authority_history.hpp"
#include "forecast/rotation/next_rotation.hpp"
#include "model/jwk.hpp"

#include <optional>
#include <string>
#include <vector>

namespace idpwatch::forecast {

// The kid that a key bears which nobody has seen yet, as it stands in messages.
inline constexpr std::string_view kUnknownKid = "(not known yet)";

struct ProjectedHistory {
  AuthorityHistory history;
  model::Jwk former, next;
  bool others_stay = false;  // other keys stay, which might be those that sign
  std::vector<base::Instant> changes;
};

// nullopt: nothing good was ever served, or the key that rotates is none of it.
std::optional<ProjectedHistory> projected_history(const AuthorityFacts& facts,
                                                  const validators::Addresses& addresses,
                                                  const NextRotation& rotation,
                                                  base::Instant published);

}  // namespace idpwatch::forecast
