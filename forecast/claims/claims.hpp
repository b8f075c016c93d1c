// What does not depend on time: issuer, audience, algorithm, pinned keys and clock, asked of a
// service that has just fetched the authority's newest good answers. One aspect after the other is
// made that of the real tokens while all others are such that the validator takes them, so that
// several mistakes are told apart. Pure.
#pragma once

#include "forecast/claims/synthetic_token.hpp"
#include "forecast/history/key_set_history.hpp"
#include "forecast/problem.hpp"
#include "forecast/view.hpp"

#include <optional>
#include <string>
#include <vector>

namespace idpwatch::forecast {

struct StaticAnswer {
  std::vector<Problem> problems;
  // A token that the validator takes; nullopt: none was found.
  std::optional<Claims> accepted;
  Claims tried;             // the likeliest one, when there are keys
  bool issuer_fits = true;  // what the authority issues is accepted
  // Thumbprints of published keys whose tokens it does not take, where it takes those of others:
  // not for this service. Of a kind that the library cannot verify, say.
  std::vector<std::string> unusable;
  // Entries whose tokens it does not take, though it takes those of the key by another name.
  std::vector<Label> unusable_labels = {};
};

// `published`: the newest state; null when nothing good was ever seen.
StaticAnswer judge_claims(const DeploymentView& view, const validators::World& healthy,
                          const KeySetVersion* published, base::Instant now);

}  // namespace idpwatch::forecast
