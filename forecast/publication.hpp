// What the authority published, when: the sets of keys and the issuer in its good answers, as a
// line of states. An outage publishes nothing and takes nothing back. Pure.
#pragma once

#include "forecast/served_world.hpp"
#include "model/jwk.hpp"

#include <memory>
#include <string>
#include <vector>

namespace idpwatch::forecast {

struct Published {
  base::Instant at;  // in the world that was asked
  std::string issuer;
  std::vector<model::Jwk> keys;  // signing keys that can be decoded, in the document's order

  [[nodiscard]] bool has(const std::string& thumbprint) const;
};

// Whether tokens of an authority can be signed with it: not a shared secret, which it could not
// publish.
bool can_sign(const model::Jwk& key);

// The first one stands for all time before. Empty when nothing good was ever seen.
using Publication = std::vector<Published>;

// `at`: instants at which something that is served changes, in ascending order.
Publication publication(const validators::World& world, const std::string& metadata_url,
                        const std::vector<base::Instant>& changes);

// What was published right before `first` stands for all time before.
void forget_before(Publication& line, base::Instant first);

// The one at that instant; null when there is none.
const Published* published_at(const Publication& line, base::Instant at);

}  // namespace idpwatch::forecast
