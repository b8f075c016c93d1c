// A problem in words: summary, evidence and remedy for people. Outside text is made harmless;
// secrets never come this far. Pure.
#pragma once

#include "forecast/problem.hpp"
#include "forecast/view.hpp"
#include "model/finding.hpp"

namespace idpwatch::forecast {

// The whole finding but its id and its life.
model::Finding put_in_words(Problem problem, const DeploymentView& view, base::Instant now);

}  // namespace idpwatch::forecast
