// Which authority a deployed validator trusts: one of our configuration, one that is watched
// already because a file names it, or a new one, watched by the very address that the service asks.
// For the daemon and for `check` alike.
//
// Pure but for the types. Nothing here fails.
#pragma once

#include "config/config.hpp"
#include "model/authority.hpp"
#include "watch/deployments.hpp"

#include <optional>
#include <string>
#include <vector>

namespace idpwatch::watch {

// Where its discovery document is.
std::string metadata_url_of(const model::AuthoritySpec& spec);

struct TrustedAuthority {
  model::AuthoritySpec spec;
  bool known = true;  // configured, or among the others
};

// `others`: authorities beside the configured ones. nullopt: the validator fetches nothing (its
// keys are pinned, or it has none), and no authority is called by an issuer that it takes.
std::optional<TrustedAuthority> trusted_authority(const config::Config& config,
                                                  const std::vector<model::AuthoritySpec>& others,
                                                  const WatchedValidator& validator);

}  // namespace idpwatch::watch
