// One guess at all that is unknown, simulated: when the cache was filled, what unknown-kid tokens
// did, where drawn values fall, which key signs when. Gives the stretches in which valid tokens are
// refused. Pure; knows nothing of findings.
//
// Between the instants that are looked at, answers cannot change: they are all at which the world,
// the tokens or the validator's own deadlines do (and one right after each, for what a background
// refresh brings). Requests are taken to come all the time, with tokens of every age.
#pragma once

#include "forecast/claims/attribution.hpp"
#include "forecast/claims/synthetic_token.hpp"
#include "forecast/history/key_set_history.hpp"
#include "forecast/history/observed_world.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace idpwatch::forecast {

// Tokens of one signer and one issuer, issued from `from` until the next segment's.
struct Segment {
  base::Instant from;
  std::string key;
  std::shared_ptr<const validators::TokenView> token;
};
using Schedule = std::vector<Segment>;  // the first one since ever

struct Scenario {
  base::Instant start;                       // the process, or the refresh that filled its cache
  std::optional<base::Instant> unknown_kid;  // a token of an unknown key comes then
  double jitter = 0.5;
  base::Duration unasked{0};  // between the values of jitter that are asked
  const ObservedWorld* world = nullptr;
  FetchProblems* problems = nullptr;  // of that world
  const KeySetHistory* published = nullptr;
  const Schedule* schedule = nullptr;
};

struct Horizon {
  std::vector<base::Instant> instants;  // ascending: where the world or the tokens change, and now
  base::Instant end;
  base::Duration lifetime{0};
};

struct Stretch {
  std::string rule;
  std::string key, kid;             // of the refused tokens
  base::Instant from, last;         // first and last refusal
  std::optional<base::Instant> to;  // accepted again, or no valid tokens any more; null: never
  // Forced refreshes came before it, and each of them waits for the one before: it may end so much
  // later, for their phase hangs on instants that are known to a look alone.
  base::Duration drift{0};
  bool chained = false;       // they did
  bool tokens_ended = false;  // it ended because they did
  int status = 0;
  std::string error;
  validators::CauseDetail detail = validators::CauseDetail::kNone;
};

std::vector<Stretch> simulate(const std::shared_ptr<const validators::Validator>& asked,
                              const Scenario& scenario, const Horizon& horizon);
// The answer to the refusal that a stretch begins with, in the validator's own words.
validators::Answer explain(const std::shared_ptr<const validators::Validator>& asked,
                           const Scenario& scenario, const Horizon& horizon,
                           const Stretch& stretch);

}  // namespace idpwatch::forecast
