// What one observation of one authority means: the list of checks, and what they are given.
//
// A check answers for each of its rules with good, bad or unknown (docs/alerts.md): good results
// are what closes findings, unknown moves nothing. Rules that open with an event (keyset-replaced,
// issuer-changed, ...) speak only when the event is there and close by their own hold time.
//
// Knows nothing of earlier results, counters or people: alerts/ counts. Pure, any thread.
// docs/rules.md describes each rule.
#pragma once

#include "base/error.hpp"
#include "base/time.hpp"
#include "model/authority.hpp"
#include "model/discovery.hpp"
#include "model/event.hpp"
#include "model/jwk.hpp"
#include "model/observation.hpp"
#include "model/rules.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace idpwatch::checks {

// The caller keeps what is referred to alive during the call. What is parsed stays parsed: for a
// 304 or an unchanged body the pointers are those of the last good one.
struct AuthorityView {
  const model::AuthoritySpec& spec;
  const model::Observation& observation;

  // The last good document, this observation included; null: none was ever good.
  const model::Discovery* discovery = nullptr;
  const model::KeySet* key_set = nullptr;
  // Why this observation's body, though answered, is not a JSON object or has no "keys" array.
  std::optional<base::Error> discovery_error, jwks_error;
  // When each part was last good before this observation.
  std::optional<base::Instant> discovery_last_good, jwks_last_good;

  // Of this observation, by the timeline.
  std::span<const model::Event> events;
  bool inconsistent = false;  // keyset.inconsistent is in force
  bool flapped = false;       // an unconfirmed absence ended here (newest of TimelineState::flaps)
  bool had_keys = false;      // some good set of this authority ever held a key

  model::TlsThresholds tls;
  std::string vantage;

  // Answered, and the body is what it must be (304 and unchanged bodies included).
  [[nodiscard]] bool discovery_good() const;
  [[nodiscard]] bool keys_good() const;
};

std::vector<model::CheckResult> judge(const AuthorityView& view, base::Instant now);

}  // namespace idpwatch::checks
