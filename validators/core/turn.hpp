// What one request of a simulated validator needs from outside, and what it leaves behind: handed
// down through the layers so that no layer reads a clock, a network or a random number.
#pragma once

#include "validators/core/document_store.hpp"
#include "validators/core/signature.hpp"
#include "validators/core/world.hpp"

namespace idpwatch::validators {

// Where in its range each drawn value falls, from 0 to below 1.
struct Draws {
  double jitter = 0.5;   // of refresh intervals
  double backoff = 0.5;  // of waits after a failed first fetch
};

struct FetchCount {
  int discovery = 0;
  int keys = 0;
  int keys_lost = 0;  // of them: never reached the authority
  bool operator==(const FetchCount&) const = default;
};

struct Turn {
  const World& world;
  DocumentStore& store;
  const SignatureOracle& oracle;
  base::Instant at;     // true time: what the world answers
  base::Instant local;  // what the validator's own clock says
  Draws draws;
  FetchCount fetches;
};

}  // namespace idpwatch::validators
