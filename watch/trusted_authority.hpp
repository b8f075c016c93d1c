// Which authority a deployed validator trusts: one of our configuration, one that is watched
// already because a file names it, or a new one, watched by the very address that the service asks.
// For the daemon and for `check` alike.
//
// Pure but for the types. Nothing here fails.
#pragma once

#include "config/config.hpp"
#include "model/authority.hpp"
#include "watch/deployments.hpp"

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>

namespace idpwatch::watch {

// Where its discovery document is.
std::string metadata_url_of(const model::AuthoritySpec& spec);

struct TrustedAuthority {
  model::AuthoritySpec spec;
  bool known = true;  // configured, or among the others
};

// Found by what they are called, however many there are: each deployed file that changes asks anew
// for all validators.
class TrustedAuthorities {
 public:
  // Of the configuration, which must outlive this.
  explicit TrustedAuthorities(const config::Config& config);
  // One beside those: a file named it, or somebody asked for it. The first of a name counts.
  void add(const model::AuthoritySpec& spec);

  // nullopt: the validator fetches nothing (its keys are pinned, or it has none), and no authority
  // is called by an issuer that it takes.
  [[nodiscard]] std::optional<TrustedAuthority> of(const WatchedValidator& validator) const;

 private:
  using Places = std::unordered_map<std::string, std::size_t>;  // the first that is called so
  void index(const model::AuthoritySpec& spec, std::size_t place);
  [[nodiscard]] std::optional<std::size_t> place_of(const WatchedValidator& validator) const;
  [[nodiscard]] TrustedAuthority fresh(const WatchedValidator& validator) const;

  const config::Config& config_;
  std::deque<model::AuthoritySpec> others_;
  Places by_metadata_, by_keys_, by_issuer_;
  std::unordered_set<std::string> names_;
};

}  // namespace idpwatch::watch
