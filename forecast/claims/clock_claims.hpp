// What a clock that is off, or on its way, does to tokens that are otherwise accepted. Pure.
#pragma once

#include "forecast/claims/asked_service.hpp"
#include "forecast/history/key_set_history.hpp"
#include "forecast/problem.hpp"
#include "forecast/view.hpp"

#include <optional>

namespace idpwatch::forecast {

struct AcceptedToken {
  const Claims& claims;
  const Signer& signer;
};

// `published`: the newest state, or null. nullopt: tokens of every age are accepted.
std::optional<Problem> clock_problem(const DeploymentView& view, AskedService& service,
                                     const AcceptedToken& token, const KeySetVersion* published,
                                     base::Instant now);

}  // namespace idpwatch::forecast
