// All that is known of one validator and of the authority that it trusts, for one judgement.
// Plain values and borrowed pointers, alive during the call.
#pragma once

#include "base/time.hpp"
#include "checks/canary/canary_facts.hpp"
#include "checks/clock/clock_rate.hpp"
#include "checks/timeline/rotations.hpp"
#include "forecast/history/authority_history.hpp"
#include "forecast/route/service_route.hpp"
#include "model/jwk.hpp"
#include "model/key_record.hpp"
#include "model/validator_settings.hpp"
#include "validators/core/simulation.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::forecast {

inline constexpr std::string_view kOurTokens = "tokens: of our configuration";

// What the tokens of its callers look like; what is absent follows from the authority's document.
struct TokenFacts {
  base::Duration lifetime = base::hours(1);
  std::optional<std::string> issuer, audience, algorithm;  // an empty audience: they have no aud
  std::string_view audience_source = kOurTokens;           // who says so
  std::optional<bool> kid, not_before, scope;              // whether they have them; null: not told
  // What other watched authorities of that issuer publish: their tokens are signed by these.
  std::vector<model::Jwk> other_keys = {};
  std::string other_keys_of = {};  // the authority's name
  // A real token of theirs; null: none was seen. What stands above is then its own.
  std::shared_ptr<const checks::CanaryFacts> shown = {};
  // How long callers go on using one, by what our configuration says; null: it does not.
  std::optional<base::Duration> needed = {};
};

// A real token showed that this key signs: at both instants, and as far as is known in between.
struct SignerPin {
  std::string kid;
  base::Instant since, until;
};

// A key that the authority publishes or lately published.
struct KnownKey {
  model::Jwk key;
  base::Instant first_seen;
  std::optional<base::Instant> first_absent_at;  // not in the set since
  bool initial = false;  // it was there at the first look: it may be older than we know
};

struct AuthorityFacts {
  std::string name, issuer;
  const AuthorityHistory* history = nullptr;
  std::vector<KnownKey> keys;
  std::optional<checks::Learned> learned;
  base::Instant observed_at;  // the newest look
  base::Duration latency{0};  // worst of the newest looks, for one document
  // Those behind what was learned, in the order of withdrawn_at.
  std::vector<checks::Rotation> rotations = {};
};

// Authority's clock minus local, proven.
struct ClockBounds {
  base::Duration lo{0};
  std::optional<base::Duration> hi;
  std::optional<checks::RateBounds> rate = std::nullopt;  // at which it changes
};

// Time to ask the authority, and no standing alert about next month.
inline constexpr base::Duration kForesight = base::hours(7 * 24);

struct DeploymentView {
  std::string name;  // "orders-api", "orders-api#Bearer"
  const model::ValidatorSettings& settings;
  std::shared_ptr<const validators::Validator> validator;
  std::optional<base::Instant> started_at;
  TokenFacts tokens;
  const AuthorityFacts* authority = nullptr;  // null: it names none, or none that was looked at
  std::optional<ClockBounds> clock;
  std::string vantage;
  bool restarted_only = false;  // `check`: as if the service started now
  // How long before a rotation that is only expected it is told; nullopt: however long.
  std::optional<base::Duration> foresight = kForesight;
  std::vector<TokenFacts> other_callers = {};  // whose tokens differ from `tokens`
  // Its way to the provider; null: nothing is known of it.
  std::shared_ptr<const ServiceRoute> route = nullptr;
  std::optional<SignerPin> signer = std::nullopt;  // null: no canary shows which key signs
};

}  // namespace idpwatch::forecast
