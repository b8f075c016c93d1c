// The recorded providers judged day by day: what would idpwatch have said of a plain .NET service
// of each? One observation a day goes through the importer into a store of its own, and a minute
// later the service is judged from that store, as `idpwatch forecast` does.
#pragma once

#include "base/time.hpp"
#include "model/finding.hpp"
#include "tests/corpus/corpus.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace idpwatch::corpus {

// What the findings are measured by, as far as a look a day tells it: what a simulated service does
// that starts on this day's answers.
enum class Truth {
  kWorks,        // it takes a token of some published key
  kCannotStart,  // it comes by no configuration; one that runs goes on
  kRefuses,      // it refuses the tokens of each key
  kUnknown,      // another address was looked at than the service asks
};

struct JudgedDay {
  base::Instant at;
  std::vector<model::Finding> findings;
  bool undetermined = false;
  Truth truth = Truth::kWorks;
};

enum class Asked {
  kEachDay,
  kDaysWithNews,  // the day on which an answer differs from the one before, and the day after it
};

// A service with Authentication:Schemes:Bearer {Authority, ValidAudience} on that version of
// Microsoft.IdentityModel. No day for a provider whose issuer is not https.
std::vector<JudgedDay> judged_year(const Provider& provider, const std::string& version,
                                   Asked asked);

}  // namespace idpwatch::corpus
