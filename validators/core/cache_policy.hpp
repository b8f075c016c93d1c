// What a validator's key cache does, as a plain value: from it the forecast takes how long a former
// key set may be held, how long an unknown key may be refused, and what an outage does. The machine
// (simulation.hpp) lives by the same numbers.
#pragma once

#include "base/time.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace idpwatch::validators {

inline constexpr base::Duration kForEver = base::Duration::max();

// Where what is drawn may fall; both ends are the same where nothing is.
struct Range {
  base::Duration least{0}, most{0};

  [[nodiscard]] base::Duration width() const { return most - least; }
};

// Of one GET.
struct FetchLimits {
  base::Duration timeout = kForEver;
  std::size_t body_bytes = 0;  // 0: none
  int redirects = 0;
  bool https_alone = false;
  bool ok_alone = false;  // 200 and no other 2xx
};

struct CachePolicy {
  enum class Holds {
    kNothing,         // it fetches nothing: the keys stand in its settings
    kKeyByKid,        // each key for itself, since it was asked for
    kKeys,            // the set; its address and the issuer stand in the settings
    kDocumentAndKeys  // both as one
  };
  Holds holds = Holds::kNothing;

  enum class Filled { kAtStart, kByFirstRequest };
  Filled filled = Filled::kByFirstRequest;

  // Since they were fetched; zero: every request fetches; kForEver: until something else replaces
  // them.
  Range lasts;
  // Who fetches, when they are due or when a token's kid is unknown.
  enum class Fetcher {
    kNobody,
    kRequest,    // and waits for it
    kBackground  // the request goes on with what is there
  };
  Fetcher when_due = Fetcher::kRequest;
  Fetcher unknown_kid = Fetcher::kNobody;

  // What keeps unknown kids from fetching all the time: `burst` fetches, and one more each `gap`.
  struct Throttle {
    base::Duration gap{0};
    int burst = 1;
    enum class Spent {
      kBySuccess,  // any good fetch
      kByAttempt,  // any fetch
      kByForced    // those for unknown kids alone
    };
    Spent spent = Spent::kBySuccess;
  };
  Throttle throttle;

  // After a fetch that failed.
  Range retry;
  // How long beyond `lasts` they are used while fetching fails.
  base::Duration stale_for{0};
  // How long former ones are tried for a token that the present ones refuse, and how many are kept.
  base::Duration last_known_good{0};
  std::size_t good_sets = 0;

  enum class Without { kRefuses, kDoesNotStart };
  Without without = Without::kRefuses;

  FetchLimits fetch;

  // How long before it signs a key must be published, for every cache to have it by then.
  [[nodiscard]] base::Duration lead_needed() const {
    return unknown_kid == Fetcher::kRequest ? throttle.gap : lasts.most;
  }
  [[nodiscard]] bool fetches() const { return holds != Holds::kNothing; }
  [[nodiscard]] bool reads_documents() const { return holds == Holds::kDocumentAndKeys; }
};

}  // namespace idpwatch::validators
