// A pasted text -> all that is told of the token in it, before any validator is asked. Pure.
#pragma once

#include "explain/explanation.hpp"
#include "forecast/view.hpp"
#include "model/jwk.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::explain {

struct TokenQuestion {
  base::Instant now;
  std::optional<forecast::ClockBounds> clock;  // of its authority
  bool redact = false;
};

Explanation explain_token(std::string_view pasted, const TokenQuestion& question);

// The times once more, when its authority's clock has become known.
void tell_times(Explanation& explanation, const std::optional<forecast::ClockBounds>& clock);

// The metadata address at which Entra shows the signing key of one application (an application
// with claims mapping, or a SAML one): asked for an unknown kid. Empty: there is none.
std::string application_metadata_url(const checks::TokenForm& form, std::string_view metadata_url);

// What the keys at that address say of the token's kid.
KeyElsewhere application_key(const checks::TokenForm& form, const std::string& url,
                             const std::vector<model::Jwk>& keys);

}  // namespace idpwatch::explain
