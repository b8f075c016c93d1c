// The entries of a key set whose tokens a service does not take, though it takes those of others.
// Pure.
#pragma once

#include "forecast/claims/claims.hpp"
#include "forecast/claims/synthetic_token.hpp"
#include "forecast/history/key_set_history.hpp"
#include "forecast/problem.hpp"
#include "forecast/view.hpp"

#include <optional>
#include <string>
#include <vector>

namespace idpwatch::forecast {

// A key that goes by several names is of use by one of them. `taken`: thumbprints.
void tell_apart(const std::vector<Signer>& refused, const std::vector<std::string>& taken,
                StaticAnswer& answer);

// An entry whose certificate is out of its dates, beside others that are taken: whether the
// authority signs by its name is not known. Worth knowing, and no more.
std::optional<Problem> entry_out_of_date(const DeploymentView& view,
                                         const validators::World& healthy,
                                         const KeySetVersion& published, const StaticAnswer& told,
                                         base::Instant now);

}  // namespace idpwatch::forecast
