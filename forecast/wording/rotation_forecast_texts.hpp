// A rotation that is only expected, in words: the habit, the time, what was seen of it, and what
// can be done before. Pure.
#pragma once

#include "forecast/problem.hpp"
#include "forecast/rotation/next_rotation.hpp"
#include "forecast/view.hpp"
#include "model/finding.hpp"

#include <string>
#include <vector>

namespace idpwatch::forecast {

// "id replaces its signing key every 30 d, without overlap; the next rotation is expected between
// ... and ..., and running instances will not have the new key in their cache". The problem must be
// a foreseen one.
std::string foreseen_cause(const Problem& problem, const std::string& authority, base::Instant now);
std::vector<model::Evidence> foreseen_evidence(const NextRotation& next, base::Instant now);
std::string foreseen_remedy(const Problem& problem, const DeploymentView& view, base::Instant now);

}  // namespace idpwatch::forecast
