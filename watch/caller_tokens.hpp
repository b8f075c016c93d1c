// What our configuration says of callers' tokens, as the forecast asks about it; and the keys of
// the watched authorities that issue them. Pure.
#pragma once

#include "config/config.hpp"
#include "forecast/view.hpp"
#include "model/jwk.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::watch {

// A watched authority that may have issued callers' tokens.
struct WatchedIssuer {
  std::string name;
  std::vector<std::string> issuers;  // as configured, and as published
  std::vector<model::Jwk> keys;      // those it publishes now
};

// One for each kind of callers, never empty. `trusted`: the authority that the service asks; the
// keys of all others of a token's issuer are put beside it. `audience_source`: who tells the
// audience.
[[nodiscard]] std::vector<forecast::TokenFacts> token_facts(
    const std::vector<config::CallerTokens>& callers, const std::string& trusted,
    const std::vector<WatchedIssuer>& watched, std::string_view audience_source);

// What a real token of them shows takes the place of what was assumed. Of several kinds of callers
// it is one of that whose issuer and audience fit it, else one more.
void show_real_token(std::vector<forecast::TokenFacts>& callers,
                     const std::shared_ptr<const checks::CanaryFacts>& shown);

}  // namespace idpwatch::watch
