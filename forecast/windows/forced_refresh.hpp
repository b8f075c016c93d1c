// Which refused tokens surely make a validator fetch anew, asked of the simulation: an unknown key,
// another issuer than the document's, or both. Pure.
#pragma once

#include "forecast/history/key_set_history.hpp"
#include "forecast/view.hpp"
#include "forecast/windows/schedules.hpp"

#include <memory>

namespace idpwatch::forecast {

struct ForcedRefresh {
  bool key = false, issuer = false, both = false;

  [[nodiscard]] bool any() const { return key || issuer || both; }
};

// A token of that key, as the authority issues it when it publishes that.
std::shared_ptr<const validators::TokenView> token_of(const Signing& signing, const model::Jwk& key,
                                                      const KeySetVersion& published);

// `at`: an instant at which `published` can be fetched. All false where no token is accepted, and
// where settings of its own make the validator accept what stands in no document.
ForcedRefresh forced_refresh(const DeploymentView& view, const Signing& signing,
                             const validators::World& world, const KeySetVersion& published,
                             base::Instant at);

}  // namespace idpwatch::forecast
