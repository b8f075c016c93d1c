// A fetch that idpwatch itself ended or did not make, by a limit of its own: it says nothing about
// the service, which has other limits. Pure.
#pragma once

#include "model/observation.hpp"

#include <string>

namespace idpwatch::watch {

// Why nothing is known, with the setting that decides; empty: no limit of ours was met.
[[nodiscard]] std::string own_limit(const model::Fetch& fetch);
// Of either of the two documents.
[[nodiscard]] std::string own_limit(const model::Observation& seen);

}  // namespace idpwatch::watch
