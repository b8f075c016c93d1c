// What the lifetime of a real token does to callers: one that is refused when it arrives, or that
// ends before callers are done with it. Pure.
#pragma once

#include "forecast/claims/clock_claims.hpp"

namespace idpwatch::forecast {

// nullopt: no real token is known, or it lives as long as callers need.
std::optional<Problem> lifetime_problem(const DeploymentView& view, AskedService& service,
                                        const AcceptedToken& token, base::Instant now);

}  // namespace idpwatch::forecast
