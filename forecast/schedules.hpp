// Which key signs when: guesses that a publication allows. A key signs at the earliest from its
// first sight on and at the latest until it leaves the set; a set with one key leaves no choice.
// Pure.
#pragma once

#include "forecast/publication.hpp"
#include "forecast/scenario.hpp"

#include <functional>
#include <string>
#include <vector>

namespace idpwatch::forecast {

struct Signing {
  std::vector<std::string> unusable;  // thumbprints that sign no tokens for this service
  std::optional<std::string> algorithm;
  Claims claims;              // of tokens that are taken
  bool issuer_moves = false;  // they bear the issuer of the document of their time
};

// The first one changes keys as late as it can. `later`: instants at which a new key that has not
// had to sign yet could begin to.
std::vector<Schedule> schedules(const Publication& line, const Signing& signing,
                                const std::vector<base::Instant>& later);

}  // namespace idpwatch::forecast
