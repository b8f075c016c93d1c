// What happens to which service, to which tokens, and when: the first half of a finding's summary.
// Pure.
#pragma once

#include "base/time.hpp"
#include "forecast/problem.hpp"
#include "forecast/view.hpp"

#include <string>

namespace idpwatch::forecast {

// "orders-api may answer 401 (CODE) to tokens signed with key 'b' until 2026-11-25T00:00:00Z
// (in 12 h), for at most 5 min per instance".
std::string headline(const Problem& problem, const DeploymentView& view, base::Instant now);

// Of a problem that some tokens alone meet, which: "tokens signed with key 'b'", "tokens with the
// issuer 'https://id'". Empty: all of them meet it.
std::string concerned_tokens(const Problem& problem);
// Whether it is about the keys that tokens are signed with.
bool is_about_signer(const Problem& problem);

// "key 'b'", "key 'b', 'a' or 'c'": those that may have signed, the newest first.
std::string key_text(const Problem& problem);

}  // namespace idpwatch::forecast
