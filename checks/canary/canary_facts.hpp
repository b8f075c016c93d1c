// What a real token shows, without the token: which key signs, what its claims are, how long it
// lives, and when it was fetched. Holds nothing that could be sent. Pure.
#pragma once

#include "base/time.hpp"
#include "checks/canary/canary_answer.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::checks {

struct CanaryFacts {
  base::Instant fetched_at;
  bool readable = false;  // a signed JWT; else opaque or encrypted: its claims are not known
  std::string about;      // what it is otherwise; a clause
  std::optional<std::string> kid, algorithm, type, issuer, version;
  std::vector<std::string> audiences;
  bool scope = false;  // scp, scope or roles
  std::optional<base::Instant> issued_at, not_before, expires;

  // From its issue to its end; nullopt: it does not say.
  [[nodiscard]] std::optional<base::Duration> lifetime() const;
  // "a real token fetched at 2026-11-30T12:00:00Z".
  [[nodiscard]] std::string source() const;

  bool operator==(const CanaryFacts&) const = default;
};

CanaryFacts canary_facts(std::string_view token, base::Instant fetched_at);

// The authority's clock minus ours is no less than this: it signed the token before we had it.
// nullopt: the token has no iat, or an old one (metadata endpoints hand out the same for hours).
std::optional<base::Duration> clock_at_least(const CanaryFacts& facts);

// Which token it is that has expired, or is not valid yet, the moment it came: nullopt when it is
// good by our clock.
std::optional<CanaryFailure> over_on_arrival(const CanaryFacts& facts);

}  // namespace idpwatch::checks
