// One look at each of some authorities, now, without a daemon or a database: what `check` does.
#pragma once

#include "base/clock.hpp"
#include "base/environment.hpp"
#include "base/result.hpp"
#include "model/authority.hpp"
#include "model/client_request.hpp"
#include "model/observation.hpp"
#include "watch/authority_track.hpp"

#include <memory>
#include <vector>

namespace idpwatch::cli {

struct ProbeResult {
  model::Observation seen;
  std::unique_ptr<watch::AuthorityTrack> track;
  watch::ProbeOutcome judged;
};

// All at once; each ends within its own timeouts. `clients`: how services ask each of them, in
// their order. kUnreadable: no trust store can be read.
base::Result<std::vector<ProbeResult>> probe_once(
    const std::vector<model::AuthoritySpec>& specs, const model::Limits& limits,
    const watch::TrackOptions& options, const base::Environment& environment,
    const base::Clock& clock, const std::vector<std::vector<model::ClientRequest>>& clients = {});

}  // namespace idpwatch::cli
