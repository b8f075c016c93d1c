// What is known of the authority that a validator trusts: its documents, as they were fetched now,
// given in a file, or kept in our history. Plain values.
#pragma once

#include "base/time.hpp"
#include "forecast/view.hpp"
#include "model/jwk.hpp"
#include "validators/core/world.hpp"

#include <optional>
#include <string>
#include <vector>

namespace idpwatch::explain {

struct KnownAuthority {
  std::string name, issuer;
  std::string metadata_url, jwks_url;
  validators::Body metadata, jwks;  // null: not known
  std::vector<model::Jwk> keys;     // of `jwks`
  std::string why_unknown;          // its keys could not be had: why. A sentence
  std::string source;               // "fetched now", "keys.json", "our history, as of ..."
  std::optional<forecast::ClockBounds> clock;
};

// The keys in a body; empty when it is no key set.
std::vector<model::Jwk> keys_in(const validators::Body& jwks);

}  // namespace idpwatch::explain
