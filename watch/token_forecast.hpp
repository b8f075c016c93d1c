// What the validators of a deployment answer to a token now, by the documents that their
// authorities serve: for the daemon and for the command that call its protected API with that
// token. Pure.
#pragma once

#include "explain/known_authority.hpp"
#include "net/scheduler.hpp"
#include "watch/authority_track.hpp"
#include "watch/watched_validator.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace idpwatch::watch {

struct TokenForecast {
  int status = 0;
  std::string error;  // what it logs
};

// By its newest good documents.
explain::KnownAuthority known_by_track(const AuthorityTrack& track, const net::Now& now);

// As a validator that starts now. nullopt: undetermined, or the schemes answer differently.
using FindAuthority =
    std::function<std::optional<explain::KnownAuthority>(const WatchedValidator& validator)>;
std::optional<TokenForecast> forecast_token(const std::string& token,
                                            const std::vector<const WatchedValidator*>& validators,
                                            const FindAuthority& authority_of, base::Instant now);

}  // namespace idpwatch::watch
